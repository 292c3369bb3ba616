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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const GOOD: &str = "year,sex,0-14,15+\n2000,female,10,20\n2000,male,11,19\n";

    /// Writes the given texts and loads them; an empty text means no such file.
    fn load_texts(age_sex: &str, vital: &str, regions: &str, urban: &str) -> Result<PopulationTables, Vec<TableFault>> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file for the test");
            path
        };
        let optional = |name: &str, text: &str| (!text.is_empty()).then(|| write(name, text));
        load(&PopulationFiles {
            age_sex: write("age_sex.csv", age_sex),
            vital_events: optional("vital_events.csv", vital),
            regions: optional("regions.csv", regions),
            urban_share: optional("urban_share.csv", urban),
        })
    }

    /// Faults as `line: message`.
    fn faults(loaded: Result<PopulationTables, Vec<TableFault>>) -> Vec<String> {
        let list = loaded.expect_err("faults");
        list.iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect()
    }

    #[test]
    fn every_fault_of_a_file_is_told_at_its_line() {
        let cases: [(&str, &[&str]); 14] = [
            ("", &["0: the file is empty, expected a line of column names and lines of figures"]),
            ("year,sex,all\n", &["0: no figures, expected at least one line after the column names"]),
            (
                "jahr,sex,all\n2000,all,1\n",
                &[
                    "1: column `year` is missing",
                    "1: column `jahr` is not an age band, expected one such as `15-19`, `80+` or `all`",
                ],
            ),
            (
                "year,sexe,all\n2000,all,1\n",
                &[
                    "1: column `sex` is missing; did you mean it by `sexe`?",
                    "1: column `sexe` is not an age band, expected one such as `15-19`, `80+` or `all`",
                ],
            ),
            ("year,sex\n2000,all\n", &["1: no age bands, expected columns such as `0-4`, `5-9` ... `80+`, or `all`"]),
            (
                "year,sex,0-4,5-9\n2000,all,1,1\n",
                &["1: ages above the band `5-9` are missing; the last band is open, for instance `80+`"],
            ),
            ("year,sex,0-4,10+\n2000,all,1,1\n", &["1: ages between the bands `0-4` and `10+` are missing"]),
            ("year,sex,0-4,4+\n2000,all,1,1\n", &["1: age bands `0-4` and `4+` overlap"]),
            ("year,sex,5+\n2000,all,1\n", &["1: ages below the band `5+` are missing"]),
            (
                "year,sex,all\n1850,all,1\n2000,other,1\n2001,all,-3\n2002,all,1e300\n2003,all,NaN\n2004,all,\n2005,all\n",
                &[
                    "2: year is `1850`, expected a whole number from 1900 to 2200",
                    "3: sex is `other`, expected `female`, `male`, or `all` where sexes are not told apart",
                    "4: all is -3, expected 0 or more",
                    "5: all is 1e300, expected at most 100000000000",
                    "6: all is `NaN`, expected a plain number such as 12345.6",
                    "7: all is empty, expected a number",
                    "8: 2 fields, expected 3 as in the header (line 1)",
                ],
            ),
            (
                "# note\n\nyear,sex,all\n2000,all,1\n\n2000,all,2\n",
                &["6: year 2000, sex all was already given in line 4"],
            ),
            ("year,sex,all\n2000,female,1\n", &["2: year 2000 has no line for sex `male`"]),
            (
                "year,sex,all\n2000,female,1\n2000,male,1\n2001,all,1\n",
                &["4: sex `all` beside `female` and `male`; give either one line a year or two"],
            ),
            (
                "year,sex,all,all\n2000,all,\"1\n",
                &[
                    "1: column `all` appears twice",
                    "1: age bands `all` and `all` overlap",
                    "2: a quotation mark is not closed",
                ],
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(faults(load_texts(text, "", "", "")), wanted, "{text}");
        }
    }

    #[test]
    fn every_file_is_checked() {
        let found = faults(load_texts(
            GOOD,
            "year,birth\n2000,1\n",
            "region,population_2019,urban_share_2019,populaton_2008\nA,1,45,1\nA,2,0.5,1\nall,x,0.5,1\n",
            "year,urban_share\n2000,12.5\n2000,0.1\n",
        ));
        assert_eq!(
            found,
            [
                "1: column `birth` is unknown, expected `year`, `births`, `deaths`",
                "1: neither `births` nor `deaths` is a column",
                "1: column `populaton_2008` is unknown, expected `code`, `region`, `population_YEAR`, `urban_share_YEAR`; for the reader's information only: `source`, `note` or `info_...`",
                "2: urban_share_2019 is 45, expected at most 1; is it a percentage?",
                "3: region `A` is given twice",
                "4: region is `all`, expected a name other than `all`",
                "4: population_2019 is `x`, expected a plain number such as 12345.6",
                "2: urban_share is 12.5, expected at most 1; is it a percentage?",
                "3: year 2000 was already given in line 2",
            ]
        );
        assert_eq!(
            faults(load_texts(GOOD, "", "region,population_2000\nA,0\n", "")),
            ["1: population_2000 is 0 in every region"]
        );
    }

    #[test]
    fn windows_text_and_quotes_read_the_same() {
        let odd = "\u{feff}# source: Office\r\n\"year\",sex,\"0-14\",15+,note\r\n2000,female,10,20,\"a, b\"\r\n2000,male,11,19,\r\n";
        let (plain, odd) = (load_texts(GOOD, "", "", "").expect("sound"), load_texts(odd, "", "", "").expect("sound"));
        assert_eq!(plain.stocks, odd.stocks);
        assert_eq!(plain.grid, odd.grid);
        assert_eq!(plain.sources, ["age_sex.csv"]);
        assert_eq!(odd.sources, ["age_sex.csv: Office"]);
    }

    #[test]
    fn margins_hold_exactly() {
        let regions = "code,region,population_2000,urban_share_2000,info_x\n1,A,300,0.9,u\n2,B,700,0.1,v\n";
        let tables = load_texts(GOOD, "year,births\n2000,3\n", regions, "year,urban_share\n2000,0.4\n").expect("sound");
        let (grid, stock) = (&tables.grid, &tables.stocks[0].1);
        assert_eq!(tables.stocks[0].0, Month::try_new(2000, 6).expect("a month"));
        assert_eq!((grid.cells(), tables.births.len(), tables.deaths.len()), (16, 1, 0));
        let sum = |passes: &dyn Fn((usize, usize, usize, usize)) -> bool| {
            (0..16).filter(|&cell| passes(grid.position(cell))).map(|cell| stock[cell]).sum::<f64>()
        };
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} for {wanted}");
        close(sum(&|p| p.0 == 0), 18.0);
        close(sum(&|p| p.1 == 0), 24.0);
        for (sex, age, wanted) in [(0, 0, 10.0), (0, 1, 20.0), (1, 0, 11.0), (1, 1, 19.0)] {
            close(sum(&|p| (p.2, p.3) == (sex, age)), wanted);
        }
    }

    #[test]
    fn any_subset_of_the_optional_files_works() {
        let regions = "region,population_2000\nA,1\nB,3\n";
        let (vital, urban) = ("year,births,deaths\n2000,3,1\n", "year,urban_share\n2000,0.4\n");
        for (v, r, u, cells) in
            [("", "", "", 4), (vital, "", "", 4), ("", regions, "", 8), ("", "", urban, 8), (vital, regions, urban, 16)]
        {
            let tables = load_texts(GOOD, v, r, u).expect("sound");
            assert_eq!(tables.grid.cells(), cells);
            assert!((tables.stocks[0].1.iter().sum::<f64>() - 60.0).abs() < 1e-9);
        }
    }

    #[test]
    fn things_that_are_no_tables_are_refused() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let one = |path: &Path| {
            let files =
                PopulationFiles { age_sex: path.to_owned(), vital_events: None, regions: None, urban_share: None };
            let list = load(&files).expect_err("faults");
            assert!(list.len() <= 51);
            assert!(list.iter().all(|fault| fault.file == path && fault.message.len() < 400));
            list[0].to_string()
        };
        assert!(one(folder.path()).contains("is a directory"));
        assert!(one(&folder.path().join("absent.csv")).contains("cannot be read"));
        assert!(one(Path::new("/dev/zero")).contains("/dev/zero: "));
        let junk = folder.path().join("junk.csv");
        let noise: Vec<u8> = (0..10_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(&junk, &noise).expect("a file for the test");
        assert!(one(&junk).contains("larger than 4 MB"));
        fs::write(&junk, &noise[..3_000_000]).expect("a file for the test");
        assert!(one(&junk).contains("not UTF-8"));
        let long =
            [",".repeat(3_000_000), "1\n".repeat(1_500_000), "year,sex,all\n".to_owned() + &"1,2,3\n".repeat(500_000)];
        for text in long {
            fs::write(&junk, text).expect("a file for the test");
            one(&junk);
        }
    }
}
