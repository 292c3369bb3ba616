//! What interventions cost.

use crate::engine::{Report, Track, Values, World};
use crate::scenario::{Intervention, Parameter, Scenario};
use crate::units::STEP_YEARS;

/// The cost of all interventions since the start of the run, by reported date; empty when none states a cost.
pub(super) fn by_date(scenario: &Scenario, world: &World<'_>, report: &Report, draw: &impl Values<f64>) -> Vec<f64> {
    if scenario.interventions.iter().all(|intervention| intervention.cost.is_none()) {
        return Vec::new();
    }
    let (start, months) = (scenario.time.start, scenario.time.months());
    let mut monthly = vec![0.0; months];
    for intervention in &scenario.interventions {
        let Some(cost) = &intervention.cost else { continue };
        let track = |p: &Option<Parameter>| p.as_ref().map(|p| Track::new(p, draw, start, months));
        let (one_off, per_year, per_person) = (track(&cost.one_off), track(&cost.per_year), track(&cost.per_person));
        let first = intervention.start.months_since(start).max(0) as usize;
        if first >= months {
            continue;
        }
        monthly[first] += one_off.map_or(0.0, |cost| cost.at(first));
        if let Some(price) = per_person {
            let reached = Track::new(&cost.reached, draw, start, months).at(first);
            monthly[first] += price.at(first) * reached * people_touched(intervention, world, first);
        }
        if let Some(rate) = per_year {
            for (month, sum) in monthly.iter_mut().enumerate() {
                if intervention.covers(start.plus(month as i32)) {
                    *sum += rate.at(month) * STEP_YEARS;
                }
            }
        }
    }
    let mut total = 0.0;
    let mut costs = Vec::with_capacity(report.dates.len());
    for (month, cost) in monthly.into_iter().enumerate() {
        total += cost;
        if report.date_of(month).is_some() {
            costs.push(total);
        }
    }
    costs
}

/// Living people of the places, sexes and ages that an intervention touches, when month `month` begins.
fn people_touched(intervention: &Intervention, world: &World<'_>, month: usize) -> f64 {
    let grid = &world.demography.grid;
    let (cells, kinds) = (grid.cells(), grid.cells_per_place());
    let people = &world.demography.people[month * cells..(month + 1) * cells];
    let share = |cell: usize| {
        if intervention.who.touches_place(grid, cell / kinds) {
            intervention.who.share_of_kind(grid, cell % kinds)
        } else {
            0.0
        }
    };
    people.iter().enumerate().map(|(cell, people)| people * share(cell)).sum()
}
