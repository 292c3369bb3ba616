//! Fetching from a service that answers in the World Bank's form, with its faults: a server on this machine stands in for it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use uptake::data::fetch::{FetchError, Request, fetch};

/// How the server answers one question.
#[derive(Clone)]
enum Reply {
    /// With a status and a body.
    Says(u16, String),
    /// Not at all, while the asker waits.
    Silence,
    /// With less than it announced.
    Breaks,
}

/// Answers one question after the other, then stops; gives the address, and the paths asked for.
fn server(replies: Vec<Reply>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/v2", listener.local_addr().expect("bound"));
    let (told, asked) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for reply in replies {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = told.send(path_of(&stream));
            match reply {
                Reply::Says(status, body) => {
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                }
                Reply::Silence => kept.push(stream),
                Reply::Breaks => {
                    let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n[{{");
                }
            }
        }
    });
    (address, asked)
}

fn path_of(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn page(page: u32, pages: u32, year: i32) -> Reply {
    let figure = |code: &str, name: &str, value: &str| {
        format!(
            r#"{{"indicator":{{"id":"IT.NET.USER.ZS","value":"x"}},"country":{{"id":"KH","value":"{name}"}},"countryiso3code":"{code}","date":"{year}","value":{value},"unit":"","obs_status":"","decimal":0}}"#
        )
    };
    let figures =
        [figure("KHM", "Cambodia", "32.4"), figure("WLD", "World", "43"), figure("VNM", "Viet Nam", "null")].join(",");
    let about = format!(
        r#"{{"page":{page},"pages":{pages},"per_page":10000,"total":6,"sourceid":"2","lastupdated":"2025-12-08"}}"#
    );
    Reply::Says(200, format!("[{about},[{figures}]]"))
}

fn request(address: &str, retries: u32) -> Request {
    Request {
        address: address.to_owned(),
        indicator: "IT.NET.USER.ZS".to_owned(),
        timeout: Duration::from_millis(700),
        retries,
    }
}

#[test]
fn pages_are_asked_for_one_after_the_other() {
    let (address, asked) = server(vec![page(1, 2, 2016), page(2, 2, 2017)]);
    let mut told = Vec::new();
    let fetched = fetch(&request(&address, 0), &mut |page, pages| told.push((page, pages))).expect("answered");
    assert_eq!(told, [(1, 2), (2, 2)]);
    assert_eq!((fetched.pages.len(), fetched.pages[1].updated.as_str()), (2, "2025-12-08"));
    let paths: Vec<String> = asked.try_iter().collect();
    assert_eq!(paths[1], "/v2/country/all/indicator/IT.NET.USER.ZS?format=json&per_page=10000&page=2");
}

#[test]
fn passing_faults_are_forgiven_and_lasting_ones_told() {
    let (address, _) = server(vec![Reply::Says(503, String::new()), Reply::Breaks, Reply::Silence, page(1, 1, 2016)]);
    let fetched = fetch(&request(&address, 3), &mut |_, _| {}).expect("answered at last");
    assert_eq!(fetched.pages.len(), 1);

    let (address, asked) = server(vec![Reply::Says(404, String::new()), page(1, 1, 2016)]);
    let error = fetch(&request(&address, 3), &mut |_, _| {}).expect_err("not found");
    assert!(matches!(error, FetchError::Status { status: 404, .. }), "{error}");
    assert_eq!(asked.try_iter().count(), 1, "what is not found is not asked for again");

    let (address, _) = server(vec![Reply::Silence, Reply::Silence]);
    let error = fetch(&request(&address, 1), &mut |_, _| {}).expect_err("silent");
    assert!(matches!(error, FetchError::Unreachable { attempts: 2, .. }), "{error}");
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    for reply in [
        Reply::Says(200, "<html>maintenance</html>".to_owned()),
        Reply::Says(
            200,
            r#"[{"message":[{"id":"120","key":"Invalid value","value":"The indicator was not found"}]}]"#.to_owned(),
        ),
        Reply::Says(200, String::new()),
    ] {
        let (address, _) = server(vec![reply]);
        let error = fetch(&request(&address, 0), &mut |_, _| {}).expect_err("nonsense");
        assert!(matches!(error, FetchError::Answer(_)), "{error}");
    }
    let (address, _) = server(vec![page(1, 3, 2016), page(1, 3, 2016)]);
    let error = fetch(&request(&address, 0), &mut |_, _| {}).expect_err("the same page again");
    assert!(matches!(error, FetchError::Page { asked: 2, found: 1, .. }), "{error}");
    let mut odd = request("http://127.0.0.1:9", 0);
    odd.indicator = "../../etc".to_owned();
    assert!(matches!(fetch(&odd, &mut |_, _| {}), Err(FetchError::Indicator { .. })));
}

#[test]
fn what_was_fetched_is_kept_under_its_date_and_can_be_used_again() {
    let place = tempfile::tempdir().expect("a folder");
    let uptake = |args: &[&str]| {
        let mut command = Command::cargo_bin("uptake").expect("the program is built");
        command.current_dir(place.path()).args(["data", "fetch"]).args(args).output().expect("it runs")
    };
    let (address, _) = server(vec![page(1, 2, 2016), page(2, 2, 2017)]);
    let output = uptake(&["--address", &address, "--out", "internet.csv"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected =
        "iso3,country,year,value,vintage\nKHM,Cambodia,2016,32.4,2025-12-08\nKHM,Cambodia,2017,32.4,2025-12-08\n";
    let written = || std::fs::read_to_string(place.path().join("internet.csv")).expect("written");
    assert_eq!(written(), expected);
    assert!(place.path().join("output/fetched/IT.NET.USER.ZS/2025-12-08.json").is_file());
    // Nobody is asked any more.
    let output = uptake(&["--address", "http://127.0.0.1:9", "--offline"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    // A file that is there stays as it is, and a service that is away is an error that leaves nothing.
    assert_eq!(uptake(&["--address", &address, "--out", "internet.csv"]).status.code(), Some(1));
    let output = uptake(&["--address", "http://127.0.0.1:9/v2", "--retries", "0", "--out", "other.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--offline"));
    assert!(!place.path().join("other.csv").exists());
    assert_eq!(uptake(&["--indicator", "no such", "--offline"]).status.code(), Some(1));
}
