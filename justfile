# Tasks of every day. `just` lists them; each is one line that can be typed without `just` as well.

default:
    @just --list

# exactly what CI runs
check:
    .ci/run

# format every file
fmt:
    cargo fmt

# the page and the report in a browser, a load, a fuzzer (installs what is missing)
browser:
    .ci/browser

# lints, warnings as errors
lint:
    cargo clippy --all-targets -- -D warnings

# the tests; arguments go to cargo: `just test --test cli`
test *ARGS:
    cargo test {{ARGS}}

# the long tests, some minutes: simulation-based calibration over 300 data sets, the shipped posterior made again,
# coverage of forecasts; short forms of each run with `just test`
long:
    cargo test --release --test calibration --test forecast -- --ignored --nocapture

# documentation of the code, warnings as errors
doc *ARGS:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps {{ARGS}}

# the shipped scenario, optimised
run SCENARIO="scenarios/cambodia.toml" *ARGS:
    cargo run --release -- run {{SCENARIO}} {{ARGS}}

# speed, with Criterion's comparison to the run before
bench *ARGS:
    cargo bench --bench engines -- {{ARGS}}

# licences, advisories and sources of the dependencies (needs cargo-deny)
deny:
    cargo deny check

# write again what is generated from the code; read the difference before committing it
regenerate:
    UPDATE_DOCS=1 UPDATE_SNAPSHOTS=1 UPDATE_GOLDEN=1 INSTA_UPDATE=always cargo test
    git diff --stat
