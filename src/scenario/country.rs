//! The scenario of a country known by its published totals alone.

use super::resolved::quoted;

/// What is known of the country. Shares are 0..=1 of all people.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Name of the scenario.
    pub name: String,
    /// Name of the country.
    pub country: String,
    /// The year at whose end the simulation starts with the share `initial`.
    pub start: i32,
    /// Share of all people who use it then.
    pub initial: f64,
    /// Last simulated year.
    pub end: i32,
    /// People by year, in the middle of each; not empty.
    pub population: Vec<(i32, f64)>,
    /// Where the population comes from; `None`: assumed.
    pub population_source: Option<String>,
    /// The likely share who use it in the end.
    pub ceiling: f64,
    /// Published shares by year.
    pub figures: Vec<(i32, f64)>,
    /// Where they come from.
    pub figures_source: String,
    /// File of posterior draws beside the scenario, if there is one.
    pub posterior: Option<String>,
}

/// The scenario as text: loads without faults, and runs as it is. Its parameters are those pooled from many countries, in the light of
/// the figures where there is a posterior.
#[must_use]
pub fn of_country(known: &Beginning) -> String {
    let Beginning { start, end, initial, ceiling, .. } = known;
    let series: Vec<String> =
        known.population.iter().map(|(year, people)| format!("\"{year}-07\" = {people:.0}")).collect();
    let population_source = known.population_source.as_deref().unwrap_or("assumed");
    let country = quoted(&known.country);
    let posterior = known.posterior.as_deref().map_or_else(String::new, |file| {
        format!(
            "# Draws that fit the figures below, by a normal approximation. Better ones: uptake calibrate FILE, then name its posterior.csv.\n\
             posterior = {}\n",
            quoted(file)
        )
    });
    let mut text = format!(
        "# {}: internet use as a whole, from published totals. Run it as it is, then add what is known.\n\
         # All keys, units and ranges: docs/scenario-format.md. Check your changes: uptake validate FILE\n\
         format = 1\n\
         name = {}\n\
         title = {country}\n\
         description = {}\n\
         # Innovation, imitation and ceiling are not known for this country alone: the distributions over 101 countries.\n\
         priors = \"pooled\"\n\
         {posterior}\n\
         [time]\n\
         start = \"{}-01\"\n\
         end = \"{end}-12\"\n\n\
         [run]\n\
         engine = \"cohort\"\n\
         members = 200\n\
         seed = 0\n\n\
         [population]\n\
         total = {{ series = {{ {} }}, source = {} }}\n\n",
        known.country.replace('\n', " "),
        quoted(&known.name),
        quoted(&format!(
            "Share of people using the internet in {}, one group of people; parameters are estimated, not measured.",
            known.country
        )),
        start + 1,
        series.join(", "),
        quoted(population_source),
    );
    text.push_str(&format!(
        "# Taken up at the rate innovation + imitation x share of people who use it, by those who ever will (`ceiling`).\n\
         # Stopping cannot be told apart from a lower ceiling by totals: it is left out.\n\
         [[layer]]\n\
         name = \"internet\"\n\
         title = \"Internet\"\n\
         initial = {{ value = {:.6}, source = {} }}    # of those who ever will\n\n",
        (initial / ceiling).clamp(0.0, 1.0),
        quoted(&known.figures_source),
    ));
    for (place, (year, share)) in known.figures.iter().enumerate() {
        let exact =
            if place == 0 { "bias_sd = 0    # the only source: the scenario counts what it counts\n" } else { "" };
        text.push_str(&format!(
            "[[observation]]\n\
             layer = \"internet\"\n\
             date = \"{year}-12\"\n\
             value = {share:.6}\n\
             unit = \"share\"\n\
             measures = \"individuals using the internet\"\n\
             source = {}\n\
             quality = \"B\"\n\
             {exact}\n",
            quoted(&known.figures_source)
        ));
    }
    text.push_str("[outputs]\nfrequency = \"annual\"\n");
    text
}
