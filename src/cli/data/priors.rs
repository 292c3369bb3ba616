//! `uptake data priors`: what a panel says about the parameters of the simulator's law.

use super::{Exit, Failure, Screen, panel_file, plain_table, wrapped};
use crate::cli::args::Format;
use crate::cli::forecast_args::ListArgs;
use crate::data::read;
use crate::forecast::priors;

/// Runs the command.
pub(super) fn run(args: &ListArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let panel = read(&args.panel, &args.table.reading(panel_file::this_year()))?;
    let prior = priors::estimate(&panel).ok_or_else(|| {
        let error = anyhow::anyhow!("fewer than ten countries of the panel have eight figures from 0.5 % on");
        Failure::new(Exit::Invalid, error).advise("give a panel of more countries")
    })?;
    let rows = [
        ("innovation", "lognormal", prior.innovation.median, prior.innovation.sigma),
        ("imitation", "lognormal", prior.imitation.median, prior.imitation.sigma),
        ("ceiling", "logit-normal", prior.ceiling.median, prior.ceiling.sigma),
    ];
    match args.format {
        Format::Json => {
            let mut json = serde_json::json!({ "countries": prior.countries });
            for (name, distribution, median, sigma) in rows {
                json[name] = serde_json::json!({ "distribution": distribution, "median": median, "sigma": sigma });
            }
            writeln!(screen.out, "{}", serde_json::to_string_pretty(&json).expect("it was made of JSON"))?;
        }
        Format::Csv => {
            writeln!(screen.out, "parameter,distribution,median,sigma,countries")?;
            for (name, distribution, median, sigma) in rows {
                writeln!(screen.out, "{name},{distribution},{median},{sigma},{}", prior.countries)?;
            }
        }
        Format::Table => {
            let mut table = plain_table(screen.width);
            table.set_header(["Parameter", "Distribution", "Median", "Sigma"]);
            for (name, distribution, median, sigma) in rows {
                let digits = |value: f64| format!("{value:.4}");
                table.add_row([name.to_owned(), distribution.to_owned(), digits(median), digits(sigma)]);
            }
            writeln!(screen.out, "{}\n", table.trim_fmt())?;
            let text = format!(
                "Over {} countries. Sigma: standard deviation of the logarithm, of the logit for the ceiling. Discontinuance is not identified by totals.",
                prior.countries
            );
            write!(screen.out, "{}", wrapped(&text, screen.width, 0, ""))?;
        }
    }
    Ok(Exit::Ok)
}
