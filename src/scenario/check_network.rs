//! The check of `[network]`: which keys go with which kind, and whether the population fits it.

use std::sync::Arc;

use super::check::Checker;
use super::diagnostics::Place;
use super::load::ParameterNote;
use super::model::{Households, Network, Source};
use super::overrides::COMMAND_LINE;
use super::raw::{At, HouseholdShare, NETWORK_KINDS, RawNetwork, RawPopulation, RawTies};
use super::suggest;
use crate::population::PopulationTables;

/// Most people of a graph read from a file: what is kept of each takes memory, whether or not anyone is tied to them.
const MOST_PEOPLE: f64 = 1e8;

/// The keys that go with each kind, beside `kind` and `source`.
fn keys_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "households" => &["household_sizes", "village", "ties"],
        "ring" => &["neighbours", "rewiring"],
        "edges" => &["edges"],
        _ => &[],
    }
}

impl Checker<'_> {
    /// The network of a scenario, with a note of what it is.
    pub fn network(
        &mut self,
        raw: Option<&RawNetwork>,
        raw_population: Option<&RawPopulation>,
        population: Option<&PopulationTables>,
    ) -> Network {
        let Some(raw) = raw else {
            let network = Network::Households(Households::default());
            self.note_network(&network, &Source::Default, None);
            return network;
        };
        let kind = raw.kind.as_ref().map_or(NETWORK_KINDS[0], |kind| kind.value.as_str());
        self.keys_that_go_with_it(raw, kind);
        let network = match kind {
            "uniform" => Network::Uniform,
            "ring" => self.ring(raw, population),
            "edges" => self.edges(raw, raw_population, population),
            _ => Network::Households(self.households(raw)),
        };
        let source = self.network_source(raw);
        // Where nothing is chosen, nothing needs a source.
        if source == Source::Missing && network != Network::Uniform {
            self.warn(
                raw.place,
                "unsourced-parameter",
                "`network` has no source and counts as assumed; add `source = \"...\"`, or `source = \"assumed\"`",
            );
        }
        self.note_network(&network, &source, Some(raw.place));
        network
    }

    fn keys_that_go_with_it(&mut self, raw: &RawNetwork, kind: &str) {
        let given: [(&str, Option<Place>); 6] = [
            (
                "household_sizes",
                raw.household_sizes.as_ref().map(|sizes| sizes.first().map_or(raw.place, |size| size.0.place)),
            ),
            ("village", raw.village.as_ref().map(|value| value.place)),
            ("ties", raw.ties.as_ref().map(|ties| ties.place)),
            ("neighbours", raw.neighbours.as_ref().map(|value| value.place)),
            ("rewiring", raw.rewiring.as_ref().map(|value| value.place)),
            ("edges", raw.edges.as_ref().map(|value| value.place)),
        ];
        for (key, place) in given {
            let Some(place) = place.filter(|_| NETWORK_KINDS.contains(&kind) && !keys_of(kind).contains(&key)) else {
                continue;
            };
            let owner = NETWORK_KINDS.into_iter().find(|kind| keys_of(kind).contains(&key)).unwrap_or_default();
            let message = format!("`network.{key}` belongs to the kind `{owner}`, but the kind is `{kind}`");
            let help = match keys_of(kind) {
                [] => format!("write `kind = \"{owner}\"`, or leave it out"),
                keys => format!(
                    "write `kind = \"{owner}\"`, or leave it out; keys of `{kind}`: {}",
                    suggest::list(keys.iter().copied())
                ),
            };
            self.faults.push_help(place, message, help);
        }
    }

    fn households(&mut self, raw: &RawNetwork) -> Households {
        let default = Households::default();
        let count = |number: Option<&At<u64>>, default: u32| {
            number.and_then(|number| u32::try_from(number.value).ok()).unwrap_or(default)
        };
        let ties =
            |key: fn(&RawTies) -> Option<&At<u64>>, default: u32| count(raw.ties.as_ref().and_then(key), default);
        Households {
            sizes: raw.household_sizes.as_deref().and_then(|sizes| self.sizes(raw, sizes)).unwrap_or(default.sizes),
            village: count(raw.village.as_ref(), default.village),
            village_ties: ties(|ties| ties.village.as_ref(), default.village_ties),
            province_ties: ties(|ties| ties.province.as_ref(), default.province_ties),
            nation_ties: ties(|ties| ties.nation.as_ref(), default.nation_ties),
        }
    }

    /// Shares that sum to 1.
    fn sizes(&mut self, raw: &RawNetwork, sizes: &[HouseholdShare]) -> Option<Vec<f64>> {
        let sum: f64 = sizes.iter().map(|share| share.0.value).sum();
        if sum > 0.0 {
            return Some(sizes.iter().map(|share| share.0.value / sum).collect());
        }
        let place = sizes.first().map_or(raw.place, |share| share.0.place);
        let message =
            if sizes.is_empty() { "`network.household_sizes` is empty" } else { "`network.household_sizes` sum to 0" };
        self.faults.push_help(
            place,
            message,
            "give the shares of households with 1, 2, 3 ... members, or leave the key out for the default",
        );
        None
    }

    fn ring(&mut self, raw: &RawNetwork, population: Option<&PopulationTables>) -> Network {
        let rewiring = raw.rewiring.as_ref().map_or(0.0, |share| share.value);
        let Some(given) = &raw.neighbours else {
            if !raw.written.iter().any(|key| key == "neighbours") {
                self.faults.push_help(
                    raw.kind.as_ref().map_or(raw.place, |kind| kind.place),
                    "a ring needs `network.neighbours`",
                    "add the number of ties of each person, for instance `neighbours = 10`",
                );
            }
            return Network::Ring { neighbours: 2, rewiring };
        };
        let neighbours = given.value;
        if !neighbours.is_multiple_of(2) {
            self.faults.push_help(
                given.place,
                format!("`network.neighbours` is {neighbours}, expected an even number"),
                format!("half of the ties are to either side; write {} or {}", neighbours - 1, neighbours + 1),
            );
        }
        let fewest = population.and_then(fewest_people);
        if let Some(people) = fewest.filter(|people| *people <= neighbours as f64) {
            self.faults.push_help(
                given.place,
                format!("`network.neighbours` is {neighbours}, but there are only {people} people"),
                "a ring needs more people than each has neighbours",
            );
        }
        Network::Ring { neighbours: u32::try_from(neighbours).unwrap_or(2), rewiring }
    }

    fn edges(
        &mut self,
        raw: &RawNetwork,
        raw_population: Option<&RawPopulation>,
        population: Option<&PopulationTables>,
    ) -> Network {
        let none = Network::Edges { file: String::new(), graph: Arc::default() };
        let Some(path) = &raw.edges else {
            if !raw.written.iter().any(|key| key == "edges") {
                self.faults.push_help(
                    raw.kind.as_ref().map_or(raw.place, |kind| kind.place),
                    "the kind `edges` needs a file of ties",
                    "add it, for instance `edges = \"friends.csv\"`",
                );
            }
            return none;
        };
        let Some(persons) = self.fixed_people(path.place, raw_population, population) else { return none };
        let Some(graph) = self.edge_file(path, persons) else { return none };
        Network::Edges { file: path.value.clone(), graph: Arc::new(graph) }
    }

    /// The number of people, which a graph that names persons needs to be one and the same for ever.
    fn fixed_people(
        &mut self,
        place: Place,
        raw: Option<&RawPopulation>,
        population: Option<&PopulationTables>,
    ) -> Option<u32> {
        let population = population?;
        let total = raw.and_then(|raw| raw.total.as_ref());
        let stocks = &population.stocks;
        if let (Some(_), [(_, people)]) = (total, stocks.as_slice()) {
            let people = people.iter().sum::<f64>().round();
            if people <= MOST_PEOPLE {
                return Some(people as u32);
            }
            self.faults.push_help(
                place,
                format!("a graph of `network.edges` holds {MOST_PEOPLE} people at most, but there are {people}"),
                "lower `population.total`, or use another kind of network",
            );
            return None;
        }
        let found = if total.is_some() { "`total` changes in time" } else { "it is divided by age and sex" };
        self.faults.push_help(
            place,
            format!(
                "a graph of `network.edges` numbers its persons, so `population` must be one fixed `total`; {found}"
            ),
            "write `population.total` as one number, or use another kind of network",
        );
        None
    }

    fn network_source(&mut self, raw: &RawNetwork) -> Source {
        let Some(source) = &raw.source else {
            // A table made on the command line alone says so, as parameters set there do.
            let made_there =
                raw.kind.as_ref().is_some_and(|kind| self.sources.name(kind.place.file).starts_with("--set "));
            return if made_there { Source::CommandLine } else { Source::Missing };
        };
        match source.value.trim() {
            "" => {
                self.faults.push_help(
                    source.place,
                    "`network.source` is empty",
                    "name the source, or write \"assumed\"",
                );
                Source::Missing
            }
            COMMAND_LINE => Source::CommandLine,
            "assumed" => Source::Assumed,
            _ => Source::Cited(source.value.clone()),
        }
    }

    fn note_network(&mut self, network: &Network, source: &Source, place: Option<Place>) {
        let (source, assumed) = super::parameters::source_words(source);
        let note = ParameterNote {
            path: "network".to_owned(),
            value: words(network),
            unit: String::new(),
            source,
            assumed: assumed && *network != Network::Uniform,
            place: place.map(|place| self.sources.place_text(place)).unwrap_or_default(),
        };
        self.notes.push((place, note));
    }
}

/// The fewest people at any date of the tables.
fn fewest_people(population: &PopulationTables) -> Option<f64> {
    population.stocks.iter().map(|(_, people)| people.iter().sum::<f64>().round()).min_by(f64::total_cmp)
}

/// A network in words, on one line.
fn words(network: &Network) -> String {
    match network {
        Network::Households(households) => {
            let mean: f64 = households.sizes.iter().zip(1..).map(|(share, size)| share * f64::from(size)).sum();
            format!(
                "households of {mean:.1} on average, villages of {}; ties beyond: {} village, {} province, {} nation",
                households.village, households.village_ties, households.province_ties, households.nation_ties
            )
        }
        Network::Uniform => "uniform, no lasting ties".to_owned(),
        Network::Ring { neighbours, rewiring } => {
            let percent = (rewiring * 1e8).round() / 1e6;
            format!("ring of {neighbours} neighbours, {percent} % of the ties rewired")
        }
        Network::Edges { file, graph } => format!("{} ties of {file}", graph.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_goes_with_one_kind() {
        let keys: Vec<&str> = NETWORK_KINDS.into_iter().flat_map(keys_of).copied().collect();
        assert_eq!(keys, ["household_sizes", "village", "ties", "neighbours", "rewiring", "edges"]);
    }

    #[test]
    fn a_network_is_told_on_one_line() {
        assert_eq!(
            words(&Network::Households(Households::default())),
            // 1 x 0.03 + 2 x 0.08 + ... + 10 x 0.02 = 4.73.
            "households of 4.7 on average, villages of 1000; ties beyond: 5 village, 3 province, 2 nation"
        );
        assert_eq!(
            words(&Network::Ring { neighbours: 10, rewiring: 0.05 }),
            "ring of 10 neighbours, 5 % of the ties rewired"
        );
    }
}
