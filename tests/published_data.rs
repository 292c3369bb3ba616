//! Published figures in every form in which they are downloaded, and everything that can be wrong with them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use uptake::data::read::{Measure, read_covariates, read_vintages};
use uptake::data::{Columns, DataError, Panel, Reading, read, write_tidy};

/// A file with this content in a folder of its own.
fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("written");
    (folder, path)
}

fn panel(content: impl AsRef<[u8]>) -> Panel {
    let (_folder, path) = file("x.csv", content);
    read(&path, &Reading::default()).expect("valid")
}

/// What is said of a file; the path is left out.
fn fault(content: impl AsRef<[u8]>) -> String {
    fault_with(content, &Reading { latest: 2026, ..Reading::default() })
}

fn fault_with(content: impl AsRef<[u8]>, reading: &Reading) -> String {
    let (folder, path) = file("x.csv", content);
    let error = read(&path, reading).expect_err("not valid");
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

fn values(panel: &Panel, iso3: &str) -> Vec<(i32, f64)> {
    panel.country(iso3).expect("there").points.iter().map(|point| (point.year, point.value)).collect()
}

const WORLD_BANK: &str = "\u{feff}\"Data Source\",\"World Development Indicators\",\n\n\"Last Updated Date\",\"2025-12-08\",\n\n\
    \"Country Name\",\"Country Code\",\"Indicator Name\",\"Indicator Code\",\"2014\",\"2015\",\"2016\",\n\
    \"Cambodia\",\"KHM\",\"Individuals using the Internet (% of population)\",\"IT.NET.USER.ZS\",\"14\",\"\",\"32.4\",\n\
    \"World\",\"WLD\",\"Individuals using the Internet (% of population)\",\"IT.NET.USER.ZS\",\"40\",\"41\",\"43\",\n\
    \"Somewhere new\",\"ZZG\",\"Individuals using the Internet (% of population)\",\"IT.NET.USER.ZS\",\"1\",\"2\",\"3\",\n\
    \"Viet Nam\",\"VNM\",\"Individuals using the Internet (% of population)\",\"IT.NET.USER.ZS\",\"41\",\"45\",\"53\",\n";
const METADATA: &str = "\u{feff}\"Country Code\",\"Region\",\"IncomeGroup\",\"SpecialNotes\",\"TableName\",\n\
    \"KHM\",\"East Asia & Pacific\",\"Lower middle income\",\"\",\"Cambodia\",\n\"ZZG\",\"\",\"\",\"A group\",\"Somewhere new\",\n\
    \"VNM\",\"East Asia & Pacific\",\"Lower middle income\",\"\",\"Viet Nam\",\n";

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

#[test]
fn the_world_banks_table_is_read_without_its_groups() {
    let panel = panel(WORLD_BANK);
    assert_eq!(values(&panel, "KHM"), [(2014, 14.0), (2016, 32.4)]);
    assert!(panel.country("WLD").is_none());
    assert_eq!(panel.vintage.as_deref(), Some("2025-12-08"));
    assert_eq!(panel.country("VNM").map(|country| country.name.as_str()), Some("Viet Nam"));
}

#[test]
fn its_zip_is_read_and_the_metadata_say_what_is_a_group() {
    let files =
        [("Metadata_Indicator_API_x.csv", "a"), ("API_x.csv", WORLD_BANK), ("Metadata_Country_API_x.csv", METADATA)];
    let bytes = archive(&files);
    let panel = panel(&bytes);
    assert!(panel.country("ZZG").is_none() && panel.country("KHM").is_some());
    let message = fault(&bytes[..bytes.len() / 2]);
    assert!(message.contains("is not a whole zip archive") && message.contains("download it again"), "{message}");
    // Cut inside the packed table, with an intact list of contents, it is not whole either.
    let mut broken = bytes.clone();
    for byte in &mut broken[120..200] {
        *byte ^= 0x5a;
    }
    let (_folder, path) = file("x.zip", &broken);
    assert!(read(&path, &Reading::default()).is_err());
    let message = fault(archive(&[("readme.txt", "hello")]));
    assert!(message.contains("holds no table of an indicator (`API_*.csv`), but readme.txt"), "{message}");
}

#[test]
fn an_answer_of_the_api_is_read() {
    let text = r#"[{"page":1,"pages":1,"per_page":50,"total":3,"sourceid":"2","lastupdated":"2025-12-08"},
        [{"indicator":{"id":"IT.NET.USER.ZS","value":"x"},"country":{"id":"KH","value":"Cambodia"},"countryiso3code":"KHM","date":"2016","value":32.4,"unit":"","obs_status":"","decimal":0},
         {"indicator":{"id":"IT.NET.USER.ZS","value":"x"},"country":{"id":"KH","value":"Cambodia"},"countryiso3code":"KHM","date":"2015","value":null,"unit":"","obs_status":"","decimal":0},
         {"indicator":{"id":"IT.NET.USER.ZS","value":"x"},"country":{"id":"1W","value":"World"},"countryiso3code":"WLD","date":"2016","value":43,"unit":"","obs_status":"","decimal":0}]]"#;
    let read = panel(text);
    assert_eq!(values(&read, "KHM"), [(2016, 32.4)]);
    assert_eq!(read.countries.len(), 1);
    // Two pages kept one after the other.
    let second = text.replace("\"2016\"", "\"2017\"");
    assert_eq!(values(&panel(format!("[{text},{second}]")), "KHM"), [(2016, 32.4), (2017, 32.4)]);
    let message = fault(
        r#"[{"message":[{"id":"120","key":"Invalid value","value":"The provided parameter value is not valid"}]}]"#,
    );
    assert!(message.contains("it says: The provided parameter value is not valid"), "{message}");
    assert!(fault(&text[..text.len() / 2]).contains("is not an answer of the World Bank's API"));
    assert!(fault("{\"a\": 1}").contains("is not an answer of the World Bank's API"));
}

#[test]
fn our_world_in_data_is_read_without_its_regions() {
    let panel = panel(
        "Entity,Code,Year,Individuals using the Internet (% of population)\nCambodia,KHM,2016,32.4\nWorld,OWID_WRL,2016,43\nAfrica,,2016,20\nKosovo,OWID_KOS,2016,60\n",
    );
    let codes: Vec<&str> = panel.countries.iter().map(|country| country.iso3.as_str()).collect();
    assert_eq!(codes, ["KHM", "XKX"]);
}

#[test]
fn a_plain_table_is_read_whatever_its_columns_are_called() {
    let text = "# a remark\nland;wann;was;noch\nKHM;2016;0.324;x\nKHM;2017.0;0.5;x\n";
    let columns = Columns {
        code: Some("land".to_owned()),
        year: Some("wann".to_owned()),
        value: Some("was".to_owned()),
        delimiter: Some(b';'),
    };
    let (_folder, path) = file("x.csv", text);
    let panel = read(&path, &Reading { columns, measure: Measure::Share, latest: 2026 }).expect("valid");
    assert_eq!(values(&panel, "KHM"), [(2016, 32.4), (2017, 50.0)]);
}

#[test]
fn what_is_written_is_read_back() {
    let excerpt = read(Path::new("tests/data/panel_excerpt.csv"), &Reading::default()).expect("valid");
    assert_eq!(panel(write_tidy(std::slice::from_ref(&excerpt))), excerpt);
    let dated = Panel { vintage: Some("2025-12-08".to_owned()), ..excerpt };
    assert_eq!(panel(write_tidy(std::slice::from_ref(&dated))), dated);
}

#[test]
fn several_publications_stand_side_by_side() {
    let text = "iso3,year,value,vintage\nKHM,2019,40,2020-06-17\nKHM,2019,78.8,2021-03-01\nKHM,2018,40,2021-03-01\nKHM,2018,40,2024-01-01\n";
    let (_folder, path) = file("x.csv", text);
    let vintages = read_vintages(&path, &Reading::default()).expect("valid");
    assert_eq!(vintages.all().len(), 3);
    assert_eq!(vintages.known_in(2020).and_then(|panel| panel.country("KHM")?.value(2019)), Some(40.0));
    assert_eq!(vintages.known_in(2022).and_then(|panel| panel.country("KHM")?.value(2019)), Some(78.8));
    assert!(vintages.known_in(2019).is_none());
    let told: Vec<String> = vintages.revisions("KHM", 1.0).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "2019: 40.0 became 78.8 in the publication of 2021-03-01",
            "2019: 78.8 is not in the publication of 2024-01-01"
        ]
    );
}

#[test]
fn covariates_may_have_holes_and_any_unit() {
    let (_folder, path) =
        file("x.csv", "iso3,country,year,income,mobile\nKHM,Cambodia,2016,3500,124\nKHM,Cambodia,2017,,120\n");
    let names = ["income".to_owned(), "mobile".to_owned()];
    let covariates = read_covariates(&path, &names, &Reading::default()).expect("valid");
    assert_eq!(covariates.last(0, "KHM", 2020), Some(3500.0));
    assert_eq!(covariates.last(1, "KHM", 2020), Some(120.0));
    assert!(read_covariates(&path, &["wealth".to_owned()], &Reading::default()).is_err());
}

#[test]
fn every_fault_is_told_with_its_line() {
    let text = "iso3,year,value\nKHM,2014,14\nKHM,2015\nKHM,20x6,3\nKHM,2031,3\nKHM,2016,abc\nKHM,2017,\"3,5\"\nKHM,2018,130\nCambodia,2018,13\nKHM,2014,15\n";
    let expected = "x.csv is not valid; nothing was used:\n  \
        line 3: the row has 2 columns, expected 3 as in the heading\n  \
        line 4: `20x6` is not a year, expected 1900 to 2026\n  \
        line 5: the year 2031 lies in the future, expected at most 2026\n  \
        line 6: `abc` is not a number\n  \
        line 7: `3,5` is not a number; decimals are written with a point\n  \
        line 8: the figure is 130, expected 0 to 100\n  \
        line 9: `Cambodia` is not a country code, expected three letters such as KHM\n  \
        line 10: KHM 2014 is given again, first in line 2; keep one of them";
    assert_eq!(fault(text), expected);
}

#[test]
fn many_faults_are_counted() {
    let text = format!("iso3,year,value\n{}", "KHM,x,1\n".repeat(40));
    assert!(fault(text).ends_with("and 28 more"));
}

#[test]
fn shares_are_not_taken_for_percent() {
    let rows: String = (1990..2020).map(|year| format!("KHM,{year},{}\n", f64::from(year - 1990) / 40.0)).collect();
    let message = fault(format!("iso3,year,value\n{rows}"));
    assert!(message.contains("lie within 0 to 1") && message.ends_with("add --shares"), "{message}");
    let message =
        fault_with("iso3,year,value\nKHM,2016,32\n", &Reading { measure: Measure::Share, ..Reading::default() });
    assert!(message.contains("leave out --shares"), "{message}");
}

#[test]
fn other_encodings_delimiters_and_headings_are_named() {
    for (content, said) in [
        (&b"\xff\xfei\0s\0o\0"[..], "x.csv:1: the text is UTF-16"),
        (
            b"iso3,country,year,value\nCIV,C\xf4te d'Ivoire,2016,3\n",
            "x.csv:2: the text is in another encoding, such as Windows-1252",
        ),
        (b"iso3,year\nKHM\0,3\n", "x.csv:2: the text is not text"),
        (b"iso3;year;value\nKHM;2016;3\n", "the columns seem to be separated by semicolons: add --delimiter ';'"),
        (b"iso3\tyear\tvalue\nKHM\t2016\t3\n", "the columns seem to be separated by tabs: add --delimiter tab"),
        (
            b"iso3,year,a,b\nKHM,2016,3,4\n",
            "there is no column for the figures among `iso3`, `year`, `a`, `b`; name it with --value-column COLUMN",
        ),
        (b"a,year,value\nKHM,2016,3\n", "there is no column for the country code"),
        (b"", "holds no figures"),
        (b"iso3,year,value\n", "holds no figures"),
        (b"iso3,year,value\nKHM,2016,\n", "holds no figures; its 1 rows have no value"),
        (
            b"\"Data Source\",\"World Development Indicators\",\n\n",
            "expected a row that begins `Country Name,Country Code`",
        ),
    ] {
        let message = fault(content);
        assert!(message.contains(said), "{message}\nexpected: {said}");
    }
    let cut = &WORLD_BANK[..WORLD_BANK.len() - 40];
    assert!(fault(cut).contains("is the file cut off?"), "{}", fault(cut));
    assert!(matches!(read(Path::new("nowhere.csv"), &Reading::default()), Err(DataError::Io { .. })));
}
