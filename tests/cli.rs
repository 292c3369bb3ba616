//! The program from outside: what it prints where, and how it exits.

use std::path::Path;

use assert_cmd::Command;

/// The program, in `folder`, free of the surrounding terminal's settings.
fn uptake(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    command.current_dir(folder).args(args).env_remove("NO_COLOR").env_remove("COLUMNS").env("LC_ALL", "C");
    command
}

/// Exit code, stdout and stderr as one text.
fn told(folder: &Path, args: &[&str]) -> String {
    let output = uptake(folder, args).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    format!(
        "exit: {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().map_or("none".to_owned(), |code| code.to_string()),
        text(output.stdout),
        text(output.stderr),
    )
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Fails unless `text` has each of `parts`.
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

mod help {
    use super::*;

    #[test]
    fn of_the_program() {
        insta::assert_snapshot!(told(place().path(), &["--help"]));
    }

    #[test]
    fn of_every_command() {
        for command in [
            "run",
            "compare",
            "calibrate",
            "validate",
            "explain",
            "new",
            "schema",
            "plot",
            "rerun",
            "network",
            "persons",
            "forecast",
            "backtest",
            "data",
            "report",
            "serve",
            "completions",
            "man",
        ] {
            insta::assert_snapshot!(format!("help_{command}"), told(place().path(), &[command, "--help"]));
        }
    }

    #[test]
    fn no_arguments_at_all_are_a_usage_error_with_help() {
        let text = told(place().path(), &[]);
        assert!(text.starts_with("exit: 2\n--- stdout\n--- stderr\n"), "{text}");
        assert_has(&text, &["Usage: uptake", "validate"]);
    }

    #[test]
    fn the_version_goes_to_stdout() {
        let text = told(place().path(), &["--version"]);
        assert_eq!(text, format!("exit: 0\n--- stdout\nuptake {}\n--- stderr\n", env!("CARGO_PKG_VERSION")));
    }
}

mod usage {
    use super::*;

    #[test]
    fn errors_say_what_is_allowed() {
        let place = place();
        for (name, args) in [
            ("misspelt_command", &["vaildate"][..]),
            ("misspelt_option", &["run", "x.toml", "--member", "5"]),
            ("no_scenario", &["run"]),
            ("zero_members", &["run", "x.toml", "--members", "0"]),
            ("unknown_engine", &["run", "x.toml", "--engine", "agnet"]),
            ("set_without_value", &["run", "x.toml", "--set", "layer.internet.imitation"]),
            ("bad_month", &["run", "x.toml", "--at", "2030"]),
            ("zero_threads", &["run", "x.toml", "--threads", "0"]),
            ("unknown_shell", &["completions", "bsh"]),
            ("force_without_out", &["plot", "x", "--force"]),
        ] {
            let text = told(place.path(), args);
            assert!(text.starts_with("exit: 2\n--- stdout\n--- stderr\nerror: "), "{name}: {text}");
            insta::assert_snapshot!(format!("usage_{name}"), text);
        }
    }

    #[test]
    fn colour_is_only_on_request_away_from_a_terminal() {
        let place = place();
        assert!(!told(place.path(), &["rnu"]).contains('\u{1b}'));
        assert!(told(place.path(), &["rnu", "--color", "always"]).contains('\u{1b}'));
        assert!(told(place.path(), &["validate", "none.toml", "--color=always"]).contains("\u{1b}[1;31merror:"));
        assert!(!told(place.path(), &["validate", "none.toml"]).contains('\u{1b}'));
    }
}

mod finding_the_scenario {
    use super::*;

    #[test]
    fn a_near_match_is_suggested() {
        let place = place();
        std::fs::create_dir(place.path().join("scenarios")).expect("made");
        std::fs::write(place.path().join("scenarios/cambodia.toml"), "").expect("written");
        for (name, scenario) in [
            ("misspelt", "scenarios/camboda.toml"),
            ("no_extension", "scenarios/cambodia"),
            ("folder", "scenarios"),
            ("elsewhere", "cambodia.toml"),
        ] {
            for command in ["run", "validate"] {
                let text = told(place.path(), &[command, scenario]);
                assert!(text.starts_with("exit: 3\n--- stdout\n--- stderr\nerror: "), "{text}");
                assert_has(&text, &["did you mean `scenarios/cambodia.toml`?"]);
                insta::assert_snapshot!(format!("scenario_{name}"), text);
            }
        }
        assert!(!place.path().join("output").exists());
    }

    #[test]
    fn nothing_like_it_leads_to_new() {
        insta::assert_snapshot!(told(place().path(), &["run", "laos.toml"]));
    }
}

mod new {
    use super::*;

    #[test]
    fn writes_once_and_not_over_it() {
        let place = place();
        let file = place.path().join("laos.toml");
        insta::assert_snapshot!("new_first", told(place.path(), &["new", "laos"]));
        let written = std::fs::read_to_string(&file).expect("written");
        assert_has(&written, &["laos", "#"]);
        std::fs::write(&file, "mine").expect("written");
        insta::assert_snapshot!("new_again", told(place.path(), &["new", "laos.toml"]));
        assert_eq!(std::fs::read_to_string(&file).expect("read"), "mine");
        assert!(told(place.path(), &["new", "laos", "--force", "--quiet"]).ends_with("laos.toml\n--- stderr\n"));
        assert_eq!(std::fs::read_to_string(&file).expect("read"), written);
        assert!(told(place.path(), &["new", "deep/er/laos"]).starts_with("exit: 0"));
        assert!(place.path().join("deep/er/laos.toml").is_file());
    }

    #[test]
    fn refuses_names_that_are_none() {
        insta::assert_snapshot!(told(place().path(), &["new", "Viet Nam"]));
        assert!(told(place().path(), &["new", ".."]).starts_with("exit: 2"));
    }
}

mod generated {
    use super::*;

    #[test]
    fn the_schema_is_json() {
        let output = uptake(place().path(), &["schema"]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0));
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(schema.get("$schema").is_some());
    }

    #[test]
    fn completions_name_every_command() {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let text = told(place().path(), &["completions", shell]);
            assert!(text.starts_with("exit: 0"), "{shell}: {text}");
            assert_has(&text, &["validate", "rerun", "completions"]);
        }
    }

    #[test]
    fn manual_pages_are_one_per_command() {
        let place = place();
        let printed = told(place.path(), &["man"]);
        assert_eq!(printed.matches("\n.TH ").count(), 25, "{printed}");
        let text = told(place.path(), &["man", "--out", "man1"]);
        assert_has(&text, &["man1/uptake.1", "man1/uptake-run.1", "man1/uptake-rerun.1", "man1/uptake-data-fetch.1"]);
        let page = std::fs::read_to_string(place.path().join("man1/uptake-run.1")).expect("written");
        assert_has(&page, &[".TH uptake-run 1", "\\-\\-dry\\-run"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the system has one");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_uptake"))
            .args(["completions", "bash"])
            .stdout(full)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        assert_has(&String::from_utf8_lossy(&output.stderr), &["error: could not write the output", "No space left"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_closed_pipe_is_no_error() {
        use std::process::{Command, Stdio};
        let mut child = Command::new(env!("CARGO_BIN_EXE_uptake"))
            .args(["completions", "bash"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

mod folders {
    use super::*;

    #[test]
    fn what_is_no_run_is_named() {
        let place = place();
        std::fs::write(place.path().join("bad.json"), "{}").expect("written");
        for (name, args, code) in [
            ("plot_nothing", &["plot", "none"][..], 1),
            ("plot_empty", &["plot", "."], 1),
            ("rerun_nothing", &["rerun", "none.json"], 1),
            ("rerun_folder", &["rerun", "."], 1),
            ("rerun_bad", &["rerun", "bad.json"], 3),
        ] {
            let text = told(place.path(), args);
            assert!(text.starts_with(&format!("exit: {code}\n--- stdout\n--- stderr\nerror: ")), "{name}: {text}");
            insta::assert_snapshot!(format!("folders_{name}"), text);
        }
    }
}

/// Whole runs, on the scenario that `uptake new` writes.
mod runs {
    use super::*;
    use std::fs;
    use std::time::{Duration, Instant};

    /// A folder holding `laos.toml`.
    fn prepared() -> tempfile::TempDir {
        let place = place();
        assert!(told(place.path(), &["new", "laos", "--quiet"]).starts_with("exit: 0"));
        place
    }

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .map(|entries| {
                entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }

    #[test]
    fn a_run_leaves_a_whole_folder_and_says_so() {
        let place = prepared();
        let text = told(place.path(), &["run", "laos.toml", "--members", "3", "--png"]);
        assert!(text.starts_with("exit: 0"), "{text}");
        assert_has(&text, &[" users in December ", "80 % interval", "Written to output/laos:", "results.csv"]);
        let folder = place.path().join("output/laos");
        assert_eq!(
            entries(&folder),
            ["figures", "manifest.json", "results.csv", "scenario.resolved.toml", "summary.json"]
        );
        assert!(
            entries(&folder.join("figures")).iter().any(|name| Path::new(name).extension().is_some_and(|e| e == "png"))
        );
        assert_eq!(entries(&place.path().join("output")), ["laos"]);
        let header = fs::read_to_string(folder.join("results.csv")).expect("read");
        assert!(header.starts_with("scenario,layer,region,residence,sex,age,date,quantity,statistic,value,unit\n"));
    }

    #[test]
    fn an_earlier_run_is_replaced_only_when_asked() {
        let place = prepared();
        let args = ["run", "laos.toml", "--members", "2"];
        assert!(told(place.path(), &args).starts_with("exit: 0"));
        let text = told(place.path(), &args);
        assert!(text.starts_with("exit: 1"), "{text}");
        assert_has(&text, &["is not empty and was left as it is", "--force"]);
        assert!(told(place.path(), &["run", "laos.toml", "--members", "2", "--force"]).starts_with("exit: 0"));
    }

    #[test]
    fn formats_print_the_files_themselves() {
        let place = prepared();
        for (format, file) in [("json", "summary.json"), ("csv", "results.csv")] {
            let output = uptake(place.path(), &["run", "laos.toml", "--members", "2", "--force", "--format", format])
                .output()
                .expect("it runs");
            assert_eq!(output.status.code(), Some(0));
            assert_eq!(output.stdout, fs::read(place.path().join("output/laos").join(file)).expect("read"));
        }
    }

    #[test]
    fn one_member_claims_no_interval() {
        let place = prepared();
        let text = told(place.path(), &["run", "laos.toml", "--members", "1", "--engine", "mean-field"]);
        assert_has(&text, &["no interval is given"]);
        assert!(!text.contains("80 %"), "{text}");
    }

    #[test]
    fn a_dry_run_tells_the_plan_and_writes_nothing() {
        let place = prepared();
        let text = told(place.path(), &["run", "laos.toml", "--dry-run"]);
        assert!(text.starts_with("exit: 0"), "{text}");
        assert_has(&text, &["nothing was simulated or written", "cell", "month", "memory", "figures/growth.svg"]);
        let output =
            uptake(place.path(), &["run", "laos.toml", "--dry-run", "--format", "json"]).output().expect("it runs");
        let plan: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for key in ["cells", "months", "members", "layers", "groups", "dates", "memory_bytes", "files"] {
            assert!(plan.get(key).is_some(), "{key}");
        }
        assert_eq!(entries(place.path()), ["laos.toml"]);
    }

    #[test]
    fn overrides_are_checked_like_the_file_and_nothing_is_written() {
        let place = prepared();
        let text = told(place.path(), &["run", "laos.toml", "--set", "layer.internet.imitation=-1"]);
        assert!(text.starts_with("exit: 3\n--- stdout\n--- stderr\n"), "{text}");
        assert_has(&text, &["imitation", "is not valid: 1 fault; nothing was written"]);
        assert_eq!(entries(place.path()), ["laos.toml"]);
    }

    #[test]
    fn a_repeated_run_is_identical_and_changes_are_found() {
        let place = prepared();
        assert!(told(place.path(), &["run", "laos.toml", "--members", "3", "--threads", "1"]).starts_with("exit: 0"));
        let text = told(place.path(), &["rerun", "output/laos/manifest.json", "--threads", "2"]);
        assert!(text.starts_with("exit: 0"), "{text}");
        assert_has(&text, &["results.csv", "identical"]);
        assert!(!text.contains("differs"));

        // The scenario changes: named, and not identical.
        let scenario = fs::read_to_string(place.path().join("laos.toml")).expect("read");
        fs::write(place.path().join("laos.toml"), format!("{scenario}\n# changed\n")).expect("written");
        let text = told(place.path(), &["rerun", "output/laos"]);
        assert_has(&text, &["input `laos.toml` has changed since the run"]);
        fs::write(place.path().join("laos.toml"), scenario).expect("written");

        // A file is edited by hand.
        fs::write(place.path().join("output/laos/summary.json"), "{}").expect("written");
        let text = told(place.path(), &["rerun", "output/laos", "--format", "json"]);
        assert!(text.starts_with("exit: 4"), "{text}");
        assert_has(&text, &["\"identical\": false", "altered"]);
    }

    #[test]
    fn figures_are_redrawn_as_they_were() {
        let place = prepared();
        assert!(told(place.path(), &["run", "laos.toml", "--members", "3"]).starts_with("exit: 0"));
        let figures = place.path().join("output/laos/figures");
        let before: Vec<(String, Vec<u8>)> = entries(&figures)
            .into_iter()
            .map(|name| (name.clone(), fs::read(figures.join(name)).expect("read")))
            .collect();
        fs::remove_dir_all(&figures).expect("removed");
        let text = told(place.path(), &["plot", "output/laos"]);
        assert!(text.starts_with("exit: 0"), "{text}");
        for (name, bytes) in before {
            assert_eq!(fs::read(figures.join(&name)).expect("drawn again"), bytes, "{name}");
        }
        assert!(told(place.path(), &["rerun", "output/laos"]).starts_with("exit: 0"));

        // Into a folder of their own, but not over the tables of a run.
        let text = told(place.path(), &["plot", "output/laos", "--out", "output/laos", "--force"]);
        assert!(text.starts_with("exit: 1"), "{text}");
        assert_has(&text, &["error: `output/laos` holds a run"]);
        assert!(told(place.path(), &["plot", "output/laos", "--out", "slides", "--png"]).starts_with("exit: 0"));
        assert!(place.path().join("slides/growth.png").is_file());
        assert!(told(place.path(), &["rerun", "output/laos"]).starts_with("exit: 0"));
    }

    #[test]
    fn validate_tells_what_is_assumed_and_strict_fails_on_warnings() {
        let place = prepared();
        let text = told(place.path(), &["validate", "laos.toml"]);
        assert!(text.starts_with("exit: 0"), "{text}");
        assert_has(&text, &["is valid", "assumed"]);
        let output = uptake(place.path(), &["validate", "laos.toml", "--format", "json"]).output().expect("it runs");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["valid"], true);
        let warnings = report["warnings"].as_array().expect("a list").len();
        let strict = told(place.path(), &["validate", "laos.toml", "--strict"]);
        assert!(strict.starts_with(if warnings == 0 { "exit: 0" } else { "exit: 4" }), "{strict}");
    }

    #[cfg(unix)]
    #[test]
    fn a_reader_that_leaves_is_no_error_and_the_folder_is_whole() {
        use std::process::{Command, Stdio};
        let place = prepared();
        let mut child = Command::new(env!("CARGO_BIN_EXE_uptake"))
            .args(["run", "laos.toml", "--members", "2", "--format", "csv", "--quiet"])
            .current_dir(place.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
        assert!(place.path().join("output/laos/manifest.json").is_file());
    }

    /// Waits until the program simulates: by then it has threads beside the first and the one that waits for signals.
    #[cfg(unix)]
    #[allow(clippy::disallowed_methods, reason = "waiting for another process takes a clock")]
    fn wait_until_at_work(child: &std::process::Child) {
        let tasks = format!("/proc/{}/task", child.id());
        let began = Instant::now();
        while fs::read_dir(&tasks).map_or(0, Iterator::count) < 3 && began.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_interrupt_ends_cleanly_and_leaves_nothing() {
        use std::process::{Command, Stdio};
        let place = prepared();
        for signal in ["-INT", "-TERM"] {
            let child = Command::new(env!("CARGO_BIN_EXE_uptake"))
                // Enough members that none of today's machines is done before the signal.
                .args(["run", "laos.toml", "--members", "1000000", "--out", "stopped/run"])
                .current_dir(place.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("it starts");
            wait_until_at_work(&child);
            let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
            assert!(killed.success());
            let output = child.wait_with_output().expect("it ends");
            assert_eq!(output.status.code(), Some(130), "{signal}");
            assert_has(&String::from_utf8_lossy(&output.stderr), &["interrupted; nothing was written"]);
            assert_eq!(entries(place.path()), ["laos.toml"]);
        }
    }
}
