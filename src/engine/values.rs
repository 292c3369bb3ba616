//! Values of parameters over the months of a run.

use crate::number::Number;
use crate::scenario::{DatedValues, Distribution, Interpolation, Parameter, Shape};
use crate::units::Month;

/// Which number of a parameter a distribution gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The parameter's value.
    Level,
    /// The multiplier of its value or dated series.
    Factor,
}

/// Gives a number to everything that is drawn: a member's draw, or the point a calibration looks at.
pub trait Values<N> {
    /// The value, within the parameter's range, that `distribution` takes for this `part` of `parameter`.
    fn drawn(&self, parameter: &Parameter, part: Part, distribution: &Distribution) -> N;
}

/// A parameter's value in every month.
#[derive(Clone, Debug, PartialEq)]
pub enum Track<N> {
    /// The same in every month.
    Constant(N),
    /// One value per month.
    Monthly(Vec<N>),
}

impl<N: Number> Track<N> {
    /// The values of `parameter` in `months` months from `start`.
    pub fn new(parameter: &Parameter, values: &impl Values<N>, start: Month, months: usize) -> Self {
        let track = match &parameter.shape {
            Shape::Fixed(value) => Track::Constant(N::from(*value)),
            Shape::Drawn(distribution) => Track::Constant(values.drawn(parameter, Part::Level, distribution)),
            Shape::Dated(dated) => Track::Monthly(monthly(dated, start, months)),
        };
        match &parameter.factor {
            None => track,
            Some(distribution) => {
                let factor = values.drawn(parameter, Part::Factor, distribution);
                let (low, high) = parameter.range;
                track.map(|value| (value * factor).max(N::from(low)).min(N::from(high)))
            }
        }
    }

    /// The value in month `month` of the run.
    #[inline]
    pub fn at(&self, month: usize) -> N {
        match self {
            Track::Constant(value) => *value,
            Track::Monthly(values) => values[month],
        }
    }

    /// Whether it is the same in every month.
    pub fn is_constant(&self) -> bool {
        matches!(self, Track::Constant(_))
    }

    fn map(self, change: impl Fn(N) -> N) -> Self {
        match self {
            Track::Constant(value) => Track::Constant(change(value)),
            Track::Monthly(values) => Track::Monthly(values.into_iter().map(change).collect()),
        }
    }
}

/// A dated series at `months` months from `start`: constant outside its points.
fn monthly<N: Number>(dated: &DatedValues, start: Month, months: usize) -> Vec<N> {
    let points = &dated.points;
    let mut next = 0;
    (0..months)
        .map(|m| {
            let now = start.plus(m as i32);
            while next < points.len() && points[next].0 <= now {
                next += 1;
            }
            N::from(match (next.checked_sub(1).map(|i| points[i]), points.get(next)) {
                (None, Some(&(_, first))) => first,
                (Some((_, last)), None) => last,
                (Some((from, low)), Some(&(to, high))) => match dated.interpolation {
                    Interpolation::Step => low,
                    Interpolation::Linear => {
                        let way = f64::from(now.months_since(from)) / f64::from(to.months_since(from));
                        low + (high - low) * way
                    }
                },
                (None, None) => 0.0,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn dated_values_hold_outside_and_run_straight_between() {
        let points = vec![(month("2000-03"), 1.0), (month("2000-07"), 5.0)];
        let linear = DatedValues { points: points.clone(), interpolation: Interpolation::Linear };
        assert_eq!(monthly::<f64>(&linear, month("2000-01"), 8), [1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
        let step = DatedValues { points, interpolation: Interpolation::Step };
        assert_eq!(monthly::<f64>(&step, month("2000-01"), 8), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0]);
    }
}
