//! From files to [`PopulationTables`]: each file checked on its own, then combined.

use std::collections::BTreeMap;

use super::grid::{AgeBand, FEMALE, Grid, MALE, RURAL, URBAN};
use super::places::{Region, national_urban, region_shares, urban_shares};
use super::sheet::{Faults, Sheet, clip, parse_year, persons, share, year};
use super::tables::{PopulationFiles, PopulationTables, TableFault};
use crate::series::ALL;
use crate::units::Month;

/// Most regions: keeps the cells of a run within memory.
const MAX_REGIONS: usize = 500;
/// Most numbers in all stocks together (half a gigabyte).
const MAX_VALUES: usize = 64 << 20;

/// Stocks by year: one column of sex x age each.
struct AgeSex {
    sexes: Vec<String>,
    ages: Vec<(String, AgeBand)>,
    years: BTreeMap<i32, Vec<f64>>,
}

/// Births and deaths by year, as far as known.
#[derive(Default)]
struct Vital {
    births: Vec<(i32, f64)>,
    deaths: Vec<(i32, f64)>,
}

/// See [`PopulationTables::from_files`].
pub(super) fn load(files: &PopulationFiles) -> Result<PopulationTables, Vec<TableFault>> {
    let mut sources = Vec::new();
    let mut faults = Vec::new();
    let age_sex = read(&files.age_sex, &mut sources, &mut faults, age_sex);
    let vital = files.vital_events.as_ref().map(|path| read(path, &mut sources, &mut faults, vital_events));
    let regions = files.regions.as_ref().map(|path| read(path, &mut sources, &mut faults, regions));
    let urban = files.urban_share.as_ref().map(|path| read(path, &mut sources, &mut faults, urban_share));

    let vital = vital.flatten().unwrap_or_default();
    let regions = regions
        .flatten()
        .unwrap_or_else(|| vec![Region { name: ALL.to_owned(), counts: vec![(2000, 1.0)], urban: Vec::new() }]);
    let Some(age_sex) = age_sex.filter(|_| faults.is_empty()) else { return Err(faults) };
    let places = regions.len() * if urban.is_some() { 2 } else { 1 };
    let values = places * age_sex.sexes.len() * age_sex.ages.len() * age_sex.years.len();
    if values > MAX_VALUES {
        let message = format!(
            "{values} figures (cells x years), expected at most {MAX_VALUES}; use fewer regions, bands or years"
        );
        return Err(vec![TableFault { file: files.age_sex.clone(), line: 0, message }]);
    }
    Ok(combine(age_sex, vital, &regions, urban.flatten().as_deref(), sources))
}

/// Reads one file, adding its sources and faults to the lists; `None` when it has faults.
fn read<T>(
    path: &std::path::Path,
    sources: &mut Vec<String>,
    all_faults: &mut Vec<TableFault>,
    interpret: impl FnOnce(&Sheet, &mut Faults) -> Option<T>,
) -> Option<T> {
    let mut faults = Faults::new(path);
    let sheet = Sheet::read(path, &mut faults);
    let table = sheet.as_ref().and_then(|sheet| interpret(sheet, &mut faults));
    if table.is_none() && faults.is_empty() {
        faults.at(0, "no figures, expected at least one line after the column names");
    }
    sources.extend(sheet.map(|sheet| sheet.sources).unwrap_or_default());
    let sound = faults.is_empty();
    all_faults.extend(faults.into_list());
    table.filter(|_| sound)
}

/// Spreads national stocks over places.
///
/// Raking a flat table to the three margins (age x sex, region, residence within region) converges in one step to their
/// product, which is written here directly.
fn combine(
    age_sex: AgeSex,
    vital: Vital,
    regions: &[Region],
    urban: Option<&[(i32, f64)]>,
    sources: Vec<String>,
) -> PopulationTables {
    let residences = if urban.is_some() { vec![URBAN.to_owned(), RURAL.to_owned()] } else { vec![ALL.to_owned()] };
    let stocks = age_sex
        .years
        .iter()
        .filter_map(|(&year, national)| {
            let shares = region_shares(regions, year);
            let towns = urban.map(|points| urban_shares(regions, &shares, national_urban(points, year), year));
            let mut cells = Vec::with_capacity(regions.len() * residences.len() * national.len());
            for (region, &share) in shares.iter().enumerate() {
                let places = match &towns {
                    Some(towns) => vec![share * towns[region], share * (1.0 - towns[region])],
                    None => vec![share],
                };
                cells.extend(places.iter().flat_map(|place| national.iter().map(move |people| people * place)));
            }
            // Mid-year is the end of June. Years were checked to lie in the range of `Month`.
            Month::try_new(year, 6).ok().map(|month| (month, cells))
        })
        .collect();
    let grid = Grid {
        regions: regions.iter().map(|region| region.name.clone()).collect(),
        residences,
        sexes: age_sex.sexes,
        ages: age_sex.ages,
    };
    PopulationTables { grid, stocks, births: vital.births, deaths: vital.deaths, sources }
}

/// `year,sex,0-4,5-9,...,80+`: one line a year and sex.
fn age_sex(sheet: &Sheet, faults: &mut Faults) -> Option<AgeSex> {
    let year_column = sheet.required("year", faults);
    let sex_column = sheet.required("sex", faults);
    let (ages, columns) = age_columns(sheet, faults);
    let (year_column, sex_column) = (year_column?, sex_column?);

    // (year, position among female, male, all) -> (line, persons by band)
    let mut lines: BTreeMap<(i32, usize), (usize, Vec<f64>)> = BTreeMap::new();
    for row in &sheet.rows {
        let year = year(row, year_column, faults);
        let sex = [FEMALE, MALE, ALL].iter().position(|&sex| sex == row.fields[sex_column]);
        if sex.is_none() {
            let found = clip(&row.fields[sex_column], 40);
            faults.at(
                row.line,
                format!("sex is `{found}`, expected `{FEMALE}`, `{MALE}`, or `{ALL}` where sexes are not told apart"),
            );
        }
        let people: Vec<f64> = columns.iter().map(|&c| persons(row, c, &sheet.header, faults).unwrap_or(0.0)).collect();
        if let (Some(year), Some(sex)) = (year, sex) {
            if let Some((line, _)) = lines.get(&(year, sex)) {
                faults.at(
                    row.line,
                    format!("year {year}, sex {} was already given in line {line}", row.fields[sex_column]),
                );
            } else {
                lines.insert((year, sex), (row.line, people));
            }
        }
    }

    let sexed = lines.keys().any(|key| key.1 < 2);
    let sexes: &[(usize, &str)] = if sexed { &[(0, FEMALE), (1, MALE)] } else { &[(2, ALL)] };
    let mut years: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for (&(year, sex), (line, people)) in &lines {
        if sexed && sex == 2 {
            faults.at(*line, format!("sex `{ALL}` beside `{FEMALE}` and `{MALE}`; give either one line a year or two"));
        }
        for &(other, name) in sexes {
            if sex < 2 && other != sex && !lines.contains_key(&(year, other)) {
                faults.at(*line, format!("year {year} has no line for sex `{name}`"));
            }
        }
        years.entry(year).or_default().extend(people);
    }
    let sexes = sexes.iter().map(|&(_, name)| name.to_owned()).collect();
    (!years.is_empty() && !ages.is_empty()).then_some(AgeSex { sexes, ages, years })
}

/// Age bands in order, and their columns; faults unless they cover every age once.
fn age_columns(sheet: &Sheet, faults: &mut Faults) -> (Vec<(String, AgeBand)>, Vec<usize>) {
    let mut bands: Vec<(String, AgeBand, usize)> = Vec::new();
    let line = sheet.header_line;
    for (column, name) in sheet.header.iter().enumerate().filter(|(_, name)| !known(name, &["year", "sex"])) {
        match AgeBand::parse(name) {
            Some(band) => bands.push((name.clone(), band, column)),
            None => faults.at(
                line,
                format!(
                    "column `{}` is not an age band, expected one such as `15-19`, `80+` or `{ALL}`",
                    clip(name, 40)
                ),
            ),
        }
    }
    bands.sort_by(|a, b| a.1.from.total_cmp(&b.1.from).then(a.2.cmp(&b.2)));
    match (bands.first(), bands.last()) {
        (Some((name, first, _)), _) if first.from > 0.0 => {
            faults.at(line, format!("ages below the band `{name}` are missing"));
        }
        (_, Some((name, last, _))) if !last.is_open() => {
            faults.at(
                line,
                format!("ages above the band `{name}` are missing; the last band is open, for instance `80+`"),
            );
        }
        (None, _) => {
            faults.at(line, format!("no age bands, expected columns such as `0-4`, `5-9` ... `80+`, or `{ALL}`"));
        }
        _ => {}
    }
    for pair in bands.windows(2) {
        let ((a, left, _), (b, right, _)) = (&pair[0], &pair[1]);
        if left.to > right.from {
            faults.at(line, format!("age bands `{a}` and `{b}` overlap"));
        } else if left.to < right.from {
            faults.at(line, format!("ages between the bands `{a}` and `{b}` are missing"));
        }
    }
    bands.into_iter().map(|(name, band, column)| ((name, band), column)).unzip()
}

/// `year,births,deaths`: either column may be left out.
fn vital_events(sheet: &Sheet, faults: &mut Faults) -> Option<Vital> {
    only_known(sheet, &["year", "births", "deaths"], faults);
    let births = sheet.column("births");
    let deaths = sheet.column("deaths");
    if births.is_none() && deaths.is_none() {
        faults.at(sheet.header_line, "neither `births` nor `deaths` is a column");
    }
    let year_column = sheet.required("year", faults)?;
    let mut vital = Vital::default();
    for (row, year) in dated_rows(sheet, year_column, faults) {
        let row = &sheet.rows[row];
        for (column, list) in [(births, &mut vital.births), (deaths, &mut vital.deaths)] {
            if let Some(value) = column.and_then(|column| persons(row, column, &sheet.header, faults)) {
                list.push((year, value));
            }
        }
    }
    (!sheet.rows.is_empty()).then_some(vital)
}

/// `year,urban_share`.
fn urban_share(sheet: &Sheet, faults: &mut Faults) -> Option<Vec<(i32, f64)>> {
    only_known(sheet, &["year", "urban_share"], faults);
    let year_column = sheet.required("year", faults);
    let column = sheet.required("urban_share", faults)?;
    let rows = dated_rows(sheet, year_column?, faults);
    let points: Vec<(i32, f64)> = rows
        .into_iter()
        .filter_map(|(row, year)| Some((year, share(&sheet.rows[row], column, &sheet.header, faults)?)))
        .collect();
    (!points.is_empty()).then_some(points)
}

/// `region,population_YEAR...,urban_share_YEAR...`: one line a region.
fn regions(sheet: &Sheet, faults: &mut Faults) -> Option<Vec<Region>> {
    let (mut counts, mut urban) = (Vec::new(), Vec::new());
    for (column, name) in sheet.header.iter().enumerate() {
        let dated = |prefix| name.strip_prefix(prefix).and_then(parse_year);
        if let Some(year) = dated("population_") {
            counts.push((year, column));
        } else if let Some(year) = dated("urban_share_") {
            urban.push((year, column));
        } else if !known(name, &["code", "region"]) {
            let name = clip(name, 40);
            faults.at(sheet.header_line, format!("column `{name}` is unknown, expected `code`, `region`, `population_YEAR`, `urban_share_YEAR`; for the reader's information only: `source`, `note` or `info_...`"));
        }
    }
    counts.sort_unstable();
    urban.sort_unstable();
    if counts.is_empty() {
        faults.at(sheet.header_line, "no census counts, expected a column such as `population_2019`");
    }
    let name_column = sheet.required("region", faults)?;
    if sheet.rows.len() > MAX_REGIONS {
        faults.at(0, format!("{} regions, expected at most {MAX_REGIONS}", sheet.rows.len()));
        return None;
    }
    let mut regions: Vec<Region> = Vec::new();
    for row in &sheet.rows {
        let name = row.fields[name_column].clone();
        if name.is_empty() || name == ALL {
            faults.at(row.line, format!("region is `{name}`, expected a name other than `{ALL}`"));
        } else if regions.iter().any(|region| region.name == name) {
            faults.at(row.line, format!("region `{}` is given twice", clip(&name, 40)));
        }
        regions.push(Region {
            name,
            counts: counts.iter().map(|&(y, c)| (y, persons(row, c, &sheet.header, faults).unwrap_or(0.0))).collect(),
            urban: urban.iter().map(|&(y, c)| (y, share(row, c, &sheet.header, faults).unwrap_or(0.0))).collect(),
        });
    }
    for (census, &(_, column)) in counts.iter().enumerate() {
        let total: f64 = regions.iter().map(|region| region.counts[census].1).sum();
        if total <= 0.0 && !regions.is_empty() && faults.is_empty() {
            faults.at(sheet.header_line, format!("{} is 0 in every region", sheet.header[column]));
        }
    }
    (!regions.is_empty()).then_some(regions)
}

/// (row, year) of every row in increasing years; faults for years given twice.
fn dated_rows(sheet: &Sheet, year_column: usize, faults: &mut Faults) -> Vec<(usize, i32)> {
    let mut seen: BTreeMap<i32, usize> = BTreeMap::new();
    for (index, row) in sheet.rows.iter().enumerate() {
        let Some(year) = year(row, year_column, faults) else { continue };
        if let Some(&first) = seen.get(&year) {
            faults.at(row.line, format!("year {year} was already given in line {}", sheet.rows[first].line));
        } else {
            seen.insert(year, index);
        }
    }
    seen.into_iter().map(|(year, row)| (row, year)).collect()
}

/// Whether a column is one of `names` or for the reader's information only.
fn known(column: &str, names: &[&str]) -> bool {
    names.contains(&column) || ["source", "note"].contains(&column) || column.starts_with("info_")
}

fn only_known(sheet: &Sheet, names: &[&str], faults: &mut Faults) {
    for column in sheet.header.iter().filter(|column| !known(column, names)) {
        let expected = names.join("`, `");
        faults.at(sheet.header_line, format!("column `{}` is unknown, expected `{expected}`", clip(column, 40)));
    }
}
