//! Many short lists in two allocations: what each unit takes, waits for and is waited for by.
//!
//! A start has thousands of such lists, and most have one or two items.

/// Lists that are written one after the other and then only read.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    items: Vec<T>,
    /// Where each list ends, and the next one begins.
    ends: Vec<u32>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            ends: Vec::new(),
        }
    }
}

impl<T> Rows<T> {
    /// Adds an item to the list that is being written.
    pub(crate) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// Ends the list that is being written, and gives its position.
    pub(crate) fn close(&mut self) -> usize {
        self.ends.push(narrow(self.items.len()));
        self.ends.len() - 1
    }

    /// The list at a position.
    pub(crate) fn row(&self, at: usize) -> &[T] {
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.items[from as usize..self.ends[at] as usize]
    }
}

impl Rows<u32> {
    /// The same relation from the other side: for each number the lists that it is in.
    pub(crate) fn reversed(&self) -> Self {
        let mut ends = vec![0; self.ends.len()];
        for &item in &self.items {
            ends[item as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        // Filled from the back, so that each list comes out in order.
        let mut next = ends.clone();
        let mut items = vec![0; self.items.len()];
        for at in (0..self.ends.len()).rev() {
            for &item in self.row(at) {
                let place = &mut next[item as usize];
                *place -= 1;
                items[*place as usize] = narrow(at);
            }
        }
        Self { items, ends }
    }
}

/// A position as it is stored. A backend is a list that somebody wrote: it has less than four billion parts.
pub(crate) fn narrow(position: usize) -> u32 {
    u32::try_from(position).expect("a backend has less than four billion units")
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn rows_are_read_as_written_and_from_the_other_side() {
        let mut rows = Rows::default();
        rows.close();
        rows.push(0);
        rows.close();
        rows.push(0);
        rows.push(1);
        assert_eq!(rows.close(), 2);
        assert_eq!(rows.row(0), [0; 0]);
        assert_eq!(rows.row(2), [0, 1]);
        let reversed = rows.reversed();
        assert_eq!(reversed.row(0), [1, 2]);
        assert_eq!(reversed.row(1), [2]);
        assert_eq!(reversed.row(2), [0; 0]);
    }
}
