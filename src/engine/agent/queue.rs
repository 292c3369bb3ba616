//! The newcomers of a cell by month of birth.

use std::collections::VecDeque;

/// Newcomers of one place, sex and age band, the oldest first. Those who died or left stay until they are found.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Months of birth and the slots of those born then, from the earliest on; none is empty.
    months: VecDeque<(i16, Vec<u32>)>,
    len: usize,
}

impl Queue {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds someone.
    pub fn push(&mut self, born: i16, slot: u32) {
        self.len += 1;
        self.month(born).push(slot);
    }

    /// Adds all of `slots`, born in one month.
    pub fn append(&mut self, born: i16, mut slots: Vec<u32>) {
        if slots.is_empty() {
            return;
        }
        self.len += slots.len();
        if self.months.back().is_none_or(|month| month.0 < born) {
            self.months.push_back((born, slots));
        } else {
            self.month(born).append(&mut slots);
        }
    }

    fn month(&mut self, born: i16) -> &mut Vec<u32> {
        // Most are born when the youngest are.
        let at = match self.months.back() {
            Some(month) if month.0 == born => self.months.len() - 1,
            _ => self.months.partition_point(|month| month.0 < born),
        };
        if self.months.get(at).is_none_or(|month| month.0 != born) {
            self.months.insert(at, (born, Vec::new()));
        }
        &mut self.months[at].1
    }

    /// Number `index` of them, in some order.
    pub fn get(&self, mut index: usize) -> Option<u32> {
        for (_, slots) in &self.months {
            match slots.get(index) {
                Some(&slot) => return Some(slot),
                None => index -= slots.len(),
            }
        }
        None
    }

    /// The earliest month of birth.
    pub fn first_month(&self) -> Option<i16> {
        self.months.front().map(|month| month.0)
    }

    /// Takes out all who were born in the earliest month.
    pub fn pop_month(&mut self) -> Option<(i16, Vec<u32>)> {
        let month = self.months.pop_front()?;
        self.len -= month.1.len();
        Some(month)
    }

    /// Puts back some who were born before all others.
    pub fn append_first(&mut self, born: i16, slots: Vec<u32>) {
        if !slots.is_empty() {
            self.len += slots.len();
            self.months.push_front((born, slots));
        }
    }

    /// Drops those who do not keep `rule`.
    pub fn retain(&mut self, rule: impl Fn(u32) -> bool) {
        for (_, slots) in &mut self.months {
            slots.retain(|&slot| rule(slot));
        }
        self.months.retain(|month| !month.1.is_empty());
        self.len = self.months.iter().map(|month| month.1.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn the_oldest_come_out_first_and_all_are_found() {
        let mut queue = Queue::default();
        let born: Vec<i16> = vec![5, -3, 5, 0, 12, -3, 7];
        for (slot, &born) in (0..).zip(&born) {
            queue.push(born, slot);
        }
        let mut found: Vec<u32> = (0..queue.len()).filter_map(|index| queue.get(index)).collect();
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!((queue.len(), queue.get(7)), (7, None));
        queue.retain(|slot| slot != 3);
        queue.append(20, vec![8, 9]);
        queue.append(7, vec![10]);
        queue.append(30, Vec::new());
        assert_eq!(queue.len(), 9);
        let mut out = Vec::new();
        while let Some((month, slots)) = queue.pop_month() {
            assert!(slots.iter().all(|&slot| born.get(slot as usize).is_none_or(|&born| born == month)));
            out.push((month, slots.len()));
        }
        assert_eq!(out, [(-3, 2), (5, 2), (7, 2), (12, 1), (20, 2)]);
        assert_eq!((queue.len(), queue.first_month()), (0, None));
    }
}
