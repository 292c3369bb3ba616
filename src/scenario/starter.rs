//! The scenario a newcomer starts from.

use super::resolved::quoted;
use super::shape;

/// A commented scenario to start from, which loads without faults as it is.
///
/// `name` may be any text: it becomes the title, and the name in the form that names have.
///
/// # Examples
/// ```
/// assert!(uptake::scenario::starter("Atlantis").contains("name = \"atlantis\""));
/// ```
#[must_use]
pub fn starter(name: &str) -> String {
    let plain = shape::plain_name(name);
    let plain = if plain.is_empty() { "scenario".to_owned() } else { plain };
    let title = if name.trim().is_empty() { plain.as_str() } else { name.trim() };
    TEMPLATE.replace("NAME", &quoted(&plain)).replace("TITLE", &quoted(title))
}

const TEMPLATE: &str = r#"# A scenario for `uptake`. Run it as it is, then change one thing at a time.
# All keys, units and ranges: docs/scenario-format.md. Check your changes: uptake validate FILE
format = 1
name = NAME
title = TITLE
description = "A country of ten million that goes online."

[time]
start = "2000-01"
end = "2035-12"

[run]
engine = "cohort"       # whole people and chance; "mean-field" gives expected values
members = 200           # simulated futures that intervals are taken over
seed = 0                # equal seeds give equal results

[population]
# Living people by month; straight lines between the months given.
total = { series = { "2000-01" = 8.0e6, "2020-01" = 10.0e6, "2035-01" = 11.0e6 }, source = "assumed" }
# death_rate = { value = 0.008, source = "assumed" }    # per person and year

# Dated series that decide who has access. The unit is "share", "income-share" or "factor".
[[driver]]
name = "coverage"
title = "Lives where there is a mobile network"
unit = "share"
urban = { series = { "2000-01" = 0.30, "2010-01" = 0.95, "2020-01" = 1.0 }, source = "assumed" }
rural = { series = { "2000-01" = 0.05, "2010-01" = 0.60, "2020-01" = 0.95 }, source = "assumed" }

[[driver]]
name = "data-price"
title = "Price of a month of mobile data"
unit = "income-share"   # of the median monthly income
value = { series = { "2000-01" = 0.40, "2010-01" = 0.10, "2020-01" = 0.02 }, source = "assumed" }

# What people take up. The hazard of taking it up is innovation + imitation x share of contacts who use it, per year.
[[layer]]
name = "internet"
title = "Internet"
initial = { value = 0.002, source = "assumed" }
innovation = { distribution = "lognormal", median = 0.005, sigma = 0.5, source = "assumed" }
imitation = { distribution = "lognormal", median = 0.6, sigma = 0.2, source = "assumed" }
discontinuance = { value = 0.02, source = "assumed" }

[layer.access]
shares = ["coverage"]
min_age = 8

[layer.access.affordability]
price = "data-price"
threshold = { value = 0.05, source = "assumed" }        # people pay up to 5 % of their income

[[layer]]
name = "social-media"
title = "Social media"
requires = ["internet"] # only internet users can take it up
launch = "2006-09"
innovation = { value = 0.02, source = "assumed" }
imitation = { value = 0.8, source = "assumed" }
discontinuance = { value = 0.03, source = "assumed" }

# Published statistics are drawn beside the results. Replace this one.
[[observation]]
layer = "internet"
date = "2016-12"
value = 0.40
unit = "share"
measures = "individuals, used in the last 3 months"
source = "an invented survey"
quality = "D"

[outputs]
frequency = "annual"    # or "monthly"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_makes_a_valid_file() {
        for name in ["cambodia", "My \"Country\" 2", "កម្ពុជា", "", "  ", "a\nb"] {
            let text = starter(name);
            let table: toml::Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{name:?}: {error}"));
            assert!(shape::is_name(table["name"].as_str().unwrap_or_default()), "{name:?}");
        }
    }
}
