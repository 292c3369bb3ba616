//! Values by month and column.

use crate::number::Number;

/// Values by month and column; one row when nothing changes in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<N> {
    width: usize,
    values: Vec<N>,
}

impl<N: Number> Table<N> {
    /// A table of `months` rows (1: the same in every month), each filled by `row`.
    pub(super) fn monthly(width: usize, months: usize, mut row: impl FnMut(usize, &mut Vec<N>)) -> Self {
        let mut values = Vec::with_capacity(width * months);
        for month in 0..months {
            row(month, &mut values);
        }
        Self { width, values }
    }

    /// The values in `month`.
    #[inline]
    #[must_use]
    pub fn row(&self, month: usize) -> &[N] {
        if self.is_constant() { &self.values } else { &self.values[month * self.width..(month + 1) * self.width] }
    }

    /// Columns whose values are equal in every row, in groups, each column in one of them.
    pub(super) fn equal_columns(&self) -> Vec<Vec<usize>> {
        let column = |c: usize| self.values.iter().skip(c).step_by(self.width.max(1));
        let equal = |a: usize, b: usize| column(a).zip(column(b)).all(|(x, y)| x.is_same(*y));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for c in 0..self.width {
            match groups.iter_mut().find(|group| equal(group[0], c)) {
                Some(group) => group.push(c),
                None => groups.push(vec![c]),
            }
        }
        groups
    }

    /// The table with every value changed.
    pub(super) fn map<M: Number>(&self, change: &mut impl FnMut(N) -> M) -> Table<M> {
        Table { width: self.width, values: self.values.iter().map(|value| change(*value)).collect() }
    }

    /// Whether it has one row for all time.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.values.len() == self.width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_one_row_holds_for_all_time() {
        let table = Table { width: 2, values: vec![1.0, 2.0] };
        assert_eq!(table.row(0), table.row(99));
        let table = Table::monthly(2, 3, |m, row: &mut Vec<f64>| row.extend([m as f64, 0.0]));
        assert_eq!(table.row(2), [2.0, 0.0]);
    }

    #[test]
    fn equal_columns_are_grouped() {
        let table = Table { width: 4, values: vec![1.0, 2.0, 1.0, 2.0, 5.0, 6.0, 5.0, 7.0] };
        assert_eq!(table.equal_columns(), [vec![0, 2], vec![1], vec![3]]);
    }
}
