//! Cambodia's shipped population tables against published figures, and laws that hold for any tables.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use uptake::population::{AgeBand, Demography, Grid, PopulationFiles, PopulationTables};
use uptake::units::Month;

/// Mid-year population, UN World Population Prospects 2024 (medium variant after 2023), persons.
const PUBLISHED_PEOPLE: [(i32, f64); 11] = [
    (1990, 7_374_753.0),
    (1996, 10_801_269.0),
    (2002, 12_855_242.0),
    (2008, 14_053_479.0),
    (2014, 15_396_772.0),
    (2020, 16_725_473.0),
    (2026, 18_051_220.0),
    (2032, 19_193_351.0),
    (2038, 20_220_803.0),
    (2044, 21_144_580.0),
    (2050, 21_931_455.0),
];

/// Births and deaths in the calendar year, same source.
const PUBLISHED_EVENTS: [(i32, f64, f64); 4] = [
    (1996, 386_800.0, 112_657.0),
    (2008, 363_698.0, 91_579.0),
    (2020, 374_795.0, 106_051.0),
    (2044, 339_612.0, 167_822.0),
];

/// Net migration per 1000 people, same source, every fifth year; the tables do not contain it, so this is a check from outside.
const PUBLISHED_MIGRATION: [(i32, f64); 10] = [
    (2000, -4.089),
    (2005, -4.5),
    (2010, -3.433),
    (2015, -3.719),
    (2020, 0.0),
    (2025, -1.763),
    (2030, -1.627),
    (2035, -1.282),
    (2040, -1.438),
    (2045, -1.313),
];

/// National Institute of Statistics: General Population Census of Cambodia 2008 (on the boundaries of 2013) and 2019, persons.
const CENSUS: [(&str, f64, f64); 25] = [
    ("Banteay Meanchey", 677_872.0, 861_883.0),
    ("Battambang", 1_025_174.0, 997_169.0),
    ("Kampong Cham", 928_694.0, 899_791.0),
    ("Kampong Chhnang", 472_341.0, 527_027.0),
    ("Kampong Speu", 716_944.0, 877_523.0),
    ("Kampong Thom", 631_409.0, 681_549.0),
    ("Kampot", 585_850.0, 593_829.0),
    ("Kandal", 1_091_170.0, 1_201_581.0),
    ("Koh Kong", 117_481.0, 125_902.0),
    ("Kratie", 319_217.0, 374_755.0),
    ("Mondul Kiri", 61_107.0, 92_213.0),
    ("Phnom Penh", 1_501_725.0, 2_281_951.0),
    ("Preah Vihear", 171_139.0, 254_827.0),
    ("Prey Veng", 947_372.0, 1_057_720.0),
    ("Pursat", 397_161.0, 419_952.0),
    ("Ratanak Kiri", 150_466.0, 217_453.0),
    ("Siem Reap", 896_443.0, 1_014_234.0),
    ("Preah Sihanouk", 221_396.0, 310_072.0),
    ("Stung Treng", 111_671.0, 165_713.0),
    ("Svay Rieng", 482_788.0, 525_497.0),
    ("Takeo", 844_906.0, 900_914.0),
    ("Oddar Meanchey", 185_819.0, 276_038.0),
    ("Kep", 35_753.0, 42_665.0),
    ("Pailin", 70_486.0, 75_112.0),
    ("Tboung Khmum", 751_298.0, 776_841.0),
];

/// National urban share in the census, same source.
const CENSUS_URBAN: [(i32, f64); 2] = [(2008, 0.195), (2019, 0.394)];

const FIRST_YEAR: i32 = 1990;
const YEARS: usize = 61;

fn month(year: i32, month: u32) -> Month {
    Month::try_new(year, month).expect("a month in range")
}

fn files() -> PopulationFiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cambodia");
    PopulationFiles {
        age_sex: folder.join("age_sex.csv"),
        vital_events: Some(folder.join("vital_events.csv")),
        regions: Some(folder.join("provinces.csv")),
        urban_share: Some(folder.join("urban_share.csv")),
    }
}

fn cambodia() -> PopulationTables {
    PopulationTables::from_files(&files()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Cambodia from January 1990 to December 2050.
fn full_run() -> Demography {
    Demography::new(&cambodia(), month(FIRST_YEAR, 1), YEARS * 12)
}

/// People in mid-`year` of a full run whose cell passes.
fn people(run: &Demography, year: i32, passes: impl Fn(usize) -> bool) -> f64 {
    let cells = run.grid.cells();
    let at = (month(year, 6).months_since(month(FIRST_YEAR, 1)) + 1) as usize * cells;
    (0..cells).filter(|&cell| passes(cell)).map(|cell| run.people[at + cell]).sum()
}

/// The part of a flow's column that lies in a calendar year of a full run.
fn in_year<'a>(run: &Demography, column: &'a [f64], year: i32) -> &'a [f64] {
    let first = month(year, 1).months_since(month(FIRST_YEAR, 1)) as usize * run.grid.cells();
    &column[first..first + 12 * run.grid.cells()]
}

fn flow(run: &Demography, column: &[f64], year: i32) -> f64 {
    in_year(run, column, year).iter().sum()
}

/// Arriving less leaving in a year over the nation: (sum, moves by sex and age beyond each month's sum).
fn migration(run: &Demography, year: i32) -> (f64, f64) {
    let width = run.grid.cells_per_place();
    let (arriving, leaving) = (in_year(run, &run.arriving, year), in_year(run, &run.leaving, year));
    let (mut net, mut noise) = (0.0, 0.0);
    for (arriving, leaving) in arriving.chunks(run.grid.cells()).zip(leaving.chunks(run.grid.cells())) {
        let mut by_band = vec![0.0; width];
        for (cell, (a, l)) in arriving.iter().zip(leaving).enumerate() {
            by_band[cell % width] += a - l;
        }
        let month: f64 = by_band.iter().sum();
        net += month;
        noise += by_band.iter().map(|n: &f64| n.abs()).sum::<f64>() - month.abs();
    }
    (net, noise)
}

/// Every law of [`Demography`]; panics at the first breach.
fn check_laws(run: &Demography) {
    let cells = run.grid.cells();
    let ages = run.grid.ages.len();
    assert_eq!(run.people.len(), (run.months + 1) * cells);
    let whole = |x: f64| x >= 0.0 && x.fract() == 0.0 && x < 9e15;
    assert!(run.people[..cells].iter().all(|&n| whole(n)));
    for m in 0..run.months {
        for cell in 0..cells {
            let at = m * cells + cell;
            let (now, next) = (run.people[at], run.people[at + cells]);
            let (deaths, ageing, births) = (run.deaths[at], run.ageing[at], run.births[at]);
            let (leaving, arriving) = (run.leaving[at], run.arriving[at]);
            let age = cell % ages;
            let from_below = if age > 0 { run.ageing[at - 1] } else { 0.0 };
            let sound = [next, deaths, ageing, births, leaving, arriving].into_iter().all(whole)
                && deaths + ageing + leaving <= now
                && next == now - deaths - ageing + from_below - leaving + arriving + births
                && (leaving == 0.0 || arriving == 0.0)
                && (age == 0 || births == 0.0)
                && (age + 1 < ages || ageing == 0.0);
            assert!(
                sound,
                "month {m}, cell {cell}: {now} people, {deaths} die, {ageing} age, {from_below} come of age, \
                 {leaving} leave, {arriving} arrive, {births} born: {next} people"
            );
        }
    }
}

#[test]
fn cambodia_obeys_every_law_in_every_cell_and_month() {
    check_laws(&full_run());
}

#[test]
fn cambodia_meets_the_published_figures() {
    let run = full_run();
    let tables = cambodia();
    let everybody = |_: usize| true;
    for (year, published) in PUBLISHED_PEOPLE {
        let found = people(&run, year, everybody);
        assert!((found / published - 1.0).abs() < 1e-5, "{year}: {found} people, published {published}");
    }
    for year in FIRST_YEAR..=2050 {
        let found = people(&run, year, everybody);
        assert!((found - tables.total_at(month(year, 6))).abs() <= 1.0, "{year}: {found}");
    }
    for (year, births, deaths) in PUBLISHED_EVENTS {
        let (born, died) = (flow(&run, &run.births, year), flow(&run, &run.deaths, year));
        assert!((born / births - 1.0).abs() < 0.002, "{year}: {born} born, published {births}");
        assert!((died / deaths - 1.0).abs() < 0.002, "{year}: {died} died, published {deaths}");
    }
    for (year, per_thousand) in PUBLISHED_MIGRATION {
        let found = migration(&run, year).0 / people(&run, year, everybody) * 1000.0;
        // Migration stood still in 2020; straight lines between mid-years mix that year with its neighbours.
        let allowed = if year == 2020 { 1.5 } else { 0.25 };
        assert!(
            (found - per_thousand).abs() < allowed,
            "{year}: net migration {found} per 1000, published {per_thousand}"
        );
    }
}

#[test]
fn cambodia_meets_the_censuses() {
    let run = full_run();
    let totals = [CENSUS.iter().map(|p| p.1).sum::<f64>(), CENSUS.iter().map(|p| p.2).sum()];
    assert_eq!(totals, [13_395_682.0, 15_552_211.0]);
    assert_eq!(run.grid.regions, CENSUS.map(|province| province.0));
    for (region, &(name, then, later)) in CENSUS.iter().enumerate() {
        for (year, share) in [(2008, then / totals[0]), (2019, later / totals[1])] {
            let found = people(&run, year, |cell| run.grid.position(cell).0 == region) / people(&run, year, |_| true);
            assert!((found / share - 1.0).abs() < 0.005, "{name} {year}: {found}, census {share}");
        }
    }
    for (year, share) in CENSUS_URBAN {
        let found = people(&run, year, |cell| run.grid.is_urban(cell)) / people(&run, year, |_| true);
        assert!((found - share).abs() < 0.005, "{year}: urban {found}, census {share}");
    }
}

#[test]
fn no_province_explodes_by_2050() {
    let run = full_run();
    for (region, name) in run.grid.regions.iter().enumerate() {
        let share =
            |year| people(&run, year, |cell| run.grid.position(cell).0 == region) / people(&run, year, |_| true);
        let ratio = share(2050) / share(2019);
        assert!((0.6..1.6).contains(&ratio), "{name}: its share in 2050 is {ratio} times that in 2019");
    }
    let urban = people(&run, 2050, |cell| run.grid.is_urban(cell)) / people(&run, 2050, |_| true);
    assert!((0.41..0.60).contains(&urban), "{urban}");
}

#[test]
fn ageing_makes_no_noise_migration() {
    let run = full_run();
    for year in 1991..2050 {
        let (net, noise) = migration(&run, year);
        let share = noise / people(&run, year, |_| true);
        assert!(share < 0.001, "{year}: {noise} moves by sex and age beyond a net of {net}");
    }
}

#[test]
fn before_and_after_the_tables_stocks_stand_still() {
    let tables = cambodia();
    for (start, at) in [(month(1960, 1), month(1990, 6)), (month(2055, 1), month(2050, 6))] {
        let run = Demography::new(&tables, start, 24);
        check_laws(&run);
        let cells = run.grid.cells();
        let total = |m: usize| run.people[m * cells..(m + 1) * cells].iter().sum::<f64>();
        let sum = |flow: &[f64]| flow.iter().sum::<f64>();
        for m in 0..=24 {
            assert!((total(m) - tables.total_at(at)).abs() <= 1.0, "{start} + {m}");
        }
        assert!((sum(&run.births) / sum(&run.deaths) - 1.0).abs() < 0.002, "births make up for deaths");
    }
}

#[test]
fn tables_without_the_optional_files_obey_the_laws_too() {
    for kept in 0..8 {
        let all = files();
        let keep = |bit: i32, file: Option<std::path::PathBuf>| file.filter(|_| kept & bit != 0);
        let some = PopulationFiles {
            age_sex: all.age_sex,
            vital_events: keep(1, all.vital_events),
            regions: keep(2, all.regions),
            urban_share: keep(4, all.urban_share),
        };
        let tables = PopulationTables::from_files(&some).expect("sound files");
        let run = Demography::new(&tables, month(2010, 1), 36);
        check_laws(&run);
        assert!(
            run.deaths.iter().sum::<f64>() > 200_000.0,
            "about 90 000 die a year, with or without a table of deaths"
        );
    }
}

/// The table of `docs/population.md`.
fn achieved_errors() -> String {
    let run = full_run();
    let tables = cambodia();
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |most: f64, value| most.max(value.abs()));
    let years = || FIRST_YEAR..=2050;
    let total = |year| people(&run, year, |_| true);
    let national = largest(&mut years().map(|year| total(year) / tables.total_at(month(year, 6)) - 1.0));
    let width = run.grid.cells_per_place();
    let band = largest(&mut years().flat_map(|year| {
        let stock = tables.stock_at(month(year, 6));
        let (run, total) = (&run, total(year));
        (0..width).map(move |band| {
            let wanted: f64 = stock.iter().skip(band).step_by(width).sum();
            (people(run, year, |cell| cell % width == band) - wanted) / total
        })
    }));
    let census = |then: bool| {
        let sum: f64 = CENSUS.iter().map(|p| if then { p.1 } else { p.2 }).sum();
        let year = if then { 2008 } else { 2019 };
        let share = |region| people(&run, year, |cell| run.grid.position(cell).0 == region) / total(year);
        largest(
            &mut CENSUS
                .iter()
                .enumerate()
                .map(|(region, p)| share(region) / ((if then { p.1 } else { p.2 }) / sum) - 1.0),
        )
    };
    let urban = |(year, share): (i32, f64)| people(&run, year, |cell| run.grid.is_urban(cell)) / total(year) - share;
    let events = |of: fn(&(i32, f64, f64)) -> f64, column: &[f64]| {
        largest(&mut PUBLISHED_EVENTS.iter().map(|event| flow(&run, column, event.0) / of(event) - 1.0))
    };
    let migrated = |(year, rate): (i32, f64)| migration(&run, year).0 / total(year) * 1000.0 - rate;
    let noise = largest(&mut (1991..2050).map(|year| migration(&run, year).1 / total(year)));
    let mut text = String::from("| figure | compared with | largest difference |\n| --- | --- | --- |\n");
    let mut row = |figure: &str, with: &str, value: String| {
        writeln!(text, "| {figure} | {with} | {value} |").expect("a text takes every line");
    };
    let percent = |value: f64, digits: usize| format!("{:.digits$} %", value * 100.0);
    row("people, each mid-year 1990-2050", "UN WPP 2024", percent(national, 4));
    row("people of one sex and age band, each mid-year", "age_sex.csv, of the nation's people", percent(band, 4));
    row("shares of the 25 provinces, 2008", "census 2008, relative", percent(census(true), 3));
    row("shares of the 25 provinces, 2019", "census 2019, relative", percent(census(false), 3));
    row("urban share, 2008", "census 2008, points", format!("{:.2}", urban(CENSUS_URBAN[0]) * 100.0));
    row("urban share, 2019", "census 2019, points", format!("{:.2}", urban(CENSUS_URBAN[1]) * 100.0));
    row("births in 1996, 2008, 2020, 2044", "UN WPP 2024", percent(events(|e| e.1, &run.births), 3));
    row("deaths in the same years", "UN WPP 2024", percent(events(|e| e.2, &run.deaths), 3));
    let migrated = largest(&mut PUBLISHED_MIGRATION.into_iter().map(migrated));
    row(
        "net migration, every fifth year 2000-2045",
        "UN WPP 2024 (not an input), per 1000 people",
        format!("{migrated:.2}"),
    );
    row(
        "moves by sex and age beyond net migration, any year 1991-2049",
        "none, of the nation's people",
        percent(noise, 2),
    );
    text
}

#[test]
fn the_documented_errors_are_the_achieved_ones() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/population.md");
    let page = fs::read_to_string(page).expect("docs/population.md");
    let table = achieved_errors();
    assert!(page.contains(&table), "docs/population.md should hold this table:\n{table}");
}

/// Frozen sums of whole people: the same on every machine, and a reminder to record a change of values.
#[test]
fn the_flows_of_cambodia_are_frozen() {
    let run = full_run();
    let sums = [&run.people, &run.deaths, &run.ageing, &run.leaving, &run.arriving, &run.births]
        .map(|flow| flow.iter().sum::<f64>());
    assert_eq!(sums, [11_938_507_476.0, 7_417_535.0, 187_920_230.0, 6_652_674.0, 7_117_557.0, 21_509_354.0]);
}

#[test]
fn no_cell_of_cambodia_is_more_than_a_few_people_off() {
    let (run, tables) = (full_run(), cambodia());
    for (m, cells) in run.people.chunks(run.grid.cells()).enumerate() {
        let stock = tables.stock_at(month(FIRST_YEAR, 1).plus(m as i32 - 1));
        for (cell, (people, stock)) in cells.iter().zip(stock).enumerate() {
            assert!((people - stock).abs() <= 4.0, "month {m}, cell {cell}: {people} for {stock}");
        }
    }
}

/// Small tables of any shape: 1-3 regions, with or without residence, sex and ages, 0-4 dates, zeros and empty places included.
fn small_tables() -> impl Strategy<Value = PopulationTables> {
    let shape = (1..=3_usize, any::<bool>(), any::<bool>(), 1..=4_usize, 0..=4_usize, 0..=3_usize);
    shape
        .prop_flat_map(|(regions, residence, sex, ages, dates, events)| {
            let texts = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
            let labels: &[&str] =
                [&["all"][..], &["0-14", "15+"], &["0-4", "5-44", "45+"], &["0-4", "5-9", "10-19", "20+"]][ages - 1];
            let grid = Grid {
                regions: texts(&["a", "b", "c"][..regions]),
                residences: texts(if residence { &["urban", "rural"] } else { &["all"] }),
                sexes: texts(if sex { &["female", "male"] } else { &["all"] }),
                ages: labels.iter().map(|&l| (l.to_owned(), AgeBand::parse(l).expect("a band"))).collect(),
            };
            let count = prop_oneof![2 => Just(0.0), 4 => 0.0..30.0, 4 => 0.0..5e4, 1 => 0.0..1e10];
            let stock = prop::collection::vec(count.clone(), grid.cells());
            let yearly = || prop::collection::vec((0..3_i32, prop_oneof![0.0..100.0, 0.0..1e6]), events);
            (Just(grid), prop::collection::vec((1..30_i32, stock), dates), yearly(), yearly())
        })
        .prop_map(|(grid, gaps, births, deaths)| {
            let mut date = month(1999, 6);
            let stocks = gaps
                .into_iter()
                .map(|(gap, stock)| {
                    date = date.plus(gap);
                    (date, stock)
                })
                .collect();
            let years = |list: Vec<(i32, f64)>| {
                let mut year = 1999;
                list.into_iter()
                    .map(|(gap, value)| {
                        year += gap + 1;
                        (year, value)
                    })
                    .collect()
            };
            PopulationTables { grid, stocks, births: years(births), deaths: years(deaths), sources: Vec::new() }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tables_conserve_whole_people(tables in small_tables(), first in -30..90_i32, months in 0..80_usize) {
        let start = month(2000, 1).plus(first);
        let run = Demography::new(&tables, start, months);
        check_laws(&run);
        prop_assert_eq!(&run, &Demography::new(&tables, start, months));
    }

    /// Where flows are not absurdly larger than stocks, the nation's people are the published ones to the nearest person.
    #[test]
    fn totals_are_met_to_the_person(total in 0.0..1e10_f64, growth in 0.0..3.0_f64, rate in 0.0..0.2_f64, months in 1..120_i32) {
        let points = [(month(2000, 1), total), (month(2000, 1).plus(months), total * growth)];
        let tables = PopulationTables::from_totals(&points, rate, "test");
        let run = Demography::new(&tables, month(2000, 1), months as usize + 12);
        for (m, &people) in run.people.iter().enumerate() {
            let wanted = tables.total_at(month(2000, 1).plus(m as i32 - 1));
            prop_assert!((people - wanted).abs() <= 0.5 + 1e-6, "month {}: {} for {}", m, people, wanted);
        }
    }
}
