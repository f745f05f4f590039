//! Which pairs to take where every record has at most one partner: those whose values add up to most.
//!
//! Records and candidate pairs fall into small pieces that have nothing to do with one another. In each the best choice is
//! found exactly, record by record: with a further record the best choice changes along one path of taking and giving up
//! (Kuhn 1955, Munkres 1957), and the best such path is searched for. A piece too large for that is chosen from heaviest first.

use std::collections::VecDeque;

use super::components::Components;

/// A pair that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// Number of a record of the one file, counted from 0.
    pub left: u32,
    /// Number of a record of the other, counted from 0.
    pub right: u32,
    /// What it is worth, more than 0.
    pub value: i64,
}

/// Records of the one file times pairs up to which a piece is solved exactly. A path costs a few visits to every pair.
const LARGEST: usize = 20_000_000;

/// For each edge whether it is taken. Of choices worth the same, the order of the edges decides, the earlier before the
/// later.
pub(super) fn assignment(edges: &[Edge]) -> Vec<bool> {
    let mut taken = vec![false; edges.len()];
    let lefts = edges.iter().map(|edge| edge.left + 1).max().unwrap_or(0);
    let rights = edges.iter().map(|edge| edge.right + 1).max().unwrap_or(0);
    let mut components = Components::new((lefts + rights) as usize);
    edges.iter().for_each(|edge| components.join(edge.left, lefts + edge.right));
    let mut order: Vec<(u32, usize)> =
        edges.iter().enumerate().map(|(number, edge)| (components.root(edge.left), number)).collect();
    order.sort_unstable();
    for piece in order.chunk_by(|a, b| a.0 == b.0) {
        let numbers: Vec<usize> = piece.iter().map(|(_, number)| *number).collect();
        for number in chosen(edges, &numbers) {
            if let Some(place) = taken.get_mut(number) {
                *place = true;
            }
        }
    }
    taken
}

/// The edges taken of one piece.
fn chosen(edges: &[Edge], numbers: &[usize]) -> Vec<usize> {
    let of = |number: &usize| edges.get(*number).copied();
    let distinct = |side: fn(&Edge) -> u32| {
        let mut all: Vec<u32> = numbers.iter().filter_map(of).map(|edge| side(&edge)).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (lefts, rights) = (distinct(|edge| edge.left), distinct(|edge| edge.right));
    if lefts.len() == 1 || rights.len() == 1 {
        let value = |number: &usize| of(number).map(|edge| edge.value);
        // The last of equals is the maximum, so the search goes backwards.
        return numbers.iter().rev().copied().max_by_key(value).into_iter().collect();
    }
    let place = |all: &[u32], record: u32| all.binary_search(&record).unwrap_or(0);
    let local = numbers.iter().filter_map(|number| {
        let edge = of(number)?;
        Some(Local { row: place(&lefts, edge.left), column: place(&rights, edge.right), value: edge.value })
    });
    let mut piece = Piece::new(local.collect(), lefts.len(), rights.len());
    if lefts.len().saturating_mul(numbers.len()) > LARGEST {
        piece.take_heaviest_first();
    } else {
        (0..lefts.len()).for_each(|row| piece.add(row));
    }
    piece.partner_of_row.iter().flatten().filter_map(|local| numbers.get(*local).copied()).collect()
}

/// An edge between the rows and the columns of a piece.
#[derive(Clone, Copy)]
struct Local {
    row: usize,
    column: usize,
    value: i64,
}

/// A piece and what is taken of it so far.
struct Piece {
    edges: Vec<Local>,
    edges_of_row: Vec<Vec<usize>>,
    /// The edge taken.
    partner_of_row: Vec<Option<usize>>,
    partner_of_column: Vec<Option<usize>>,
}

/// The best way found to a column: what it gains and the edge it comes by.
#[derive(Clone, Copy)]
struct Way {
    gain: i64,
    by: usize,
}

impl Piece {
    fn new(edges: Vec<Local>, rows: usize, columns: usize) -> Self {
        let mut edges_of_row = vec![Vec::new(); rows];
        for (number, edge) in edges.iter().enumerate() {
            if let Some(list) = edges_of_row.get_mut(edge.row) {
                list.push(number);
            }
        }
        Self { edges, edges_of_row, partner_of_row: vec![None; rows], partner_of_column: vec![None; columns] }
    }

    fn edge(&self, number: usize) -> Local {
        self.edges.get(number).copied().unwrap_or(Local { row: 0, column: 0, value: 0 })
    }

    fn holder(&self, column: usize) -> Option<Local> {
        Some(self.edge(self.partner_of_column.get(column).copied().flatten()?))
    }

    /// Gives a further row the partner that is best for all rows together.
    fn add(&mut self, row: usize) {
        let ways = self.ways(row);
        // The path ends at a column nobody has, or takes one from a row that is left without.
        let gain = |column: usize, way: &Way| way.gain - self.holder(column).map_or(0, |held| held.value);
        let ends =
            ways.iter().enumerate().filter_map(|(column, way)| Some((column, gain(column, way.as_ref()?))));
        let best = ends.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((mut column, _)) = best.filter(|(_, gain)| *gain > 0) else { return };
        if let Some(held) = self.holder(column) {
            self.give(held.row, None);
        }
        while let Some(Some(way)) = ways.get(column) {
            let taker = self.edge(way.by).row;
            let before = self.partner_of_row.get(taker).copied().flatten();
            self.give(taker, Some(way.by));
            match before {
                Some(before) => column = self.edge(before).column,
                None => return,
            }
        }
    }

    /// Sets the partner of a row, and that of the column.
    fn give(&mut self, row: usize, edge: Option<usize>) {
        if let Some(place) = self.partner_of_row.get_mut(row) {
            *place = edge;
        }
        let column = edge.map(|number| self.edge(number).column);
        if let Some(place) = column.and_then(|column| self.partner_of_column.get_mut(column)) {
            *place = edge;
        }
    }

    /// The best ways from a row without partner to every column.
    fn ways(&self, start: usize) -> Vec<Option<Way>> {
        let mut ways: Vec<Option<Way>> = vec![None; self.partner_of_column.len()];
        let mut waiting = VecDeque::from([(start, 0)]);
        while let Some((row, gain)) = waiting.pop_front() {
            for number in self.edges_of_row.get(row).into_iter().flatten() {
                let edge = self.edge(*number);
                let Some(way) = ways.get_mut(edge.column) else { continue };
                let gain = gain + edge.value;
                if self.partner_of_row.get(row).copied().flatten() == Some(*number)
                    || way.is_some_and(|way| way.gain >= gain)
                {
                    continue;
                }
                *way = Some(Way { gain, by: *number });
                if let Some(held) = self.holder(edge.column) {
                    waiting.push_back((held.row, gain - held.value));
                }
            }
        }
        ways
    }

    fn take_heaviest_first(&mut self) {
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse(self.edge(*number).value));
        for number in order {
            let edge = self.edge(number);
            let is_free = |place: Option<&Option<usize>>| place.is_some_and(Option::is_none);
            if is_free(self.partner_of_row.get(edge.row)) && is_free(self.partner_of_column.get(edge.column))
            {
                self.give(edge.row, Some(number));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edge(left: u32, right: u32, value: i64) -> Edge {
        Edge { left, right, value }
    }

    fn taken(edges: &[Edge]) -> Vec<(u32, u32)> {
        let taken = assignment(edges);
        edges.iter().zip(taken).filter(|(_, taken)| *taken).map(|(edge, _)| (edge.left, edge.right)).collect()
    }

    #[test]
    fn the_heaviest_pair_gives_way_to_two_that_are_worth_more() {
        assert_eq!(taken(&[edge(0, 0, 10), edge(0, 1, 9), edge(1, 0, 8)]), [(0, 1), (1, 0)]);
    }

    #[test]
    fn two_poor_pairs_do_not_outweigh_a_good_one() {
        assert_eq!(taken(&[edge(0, 0, 20), edge(0, 1, 9), edge(1, 0, 8)]), [(0, 0)]);
    }

    #[test]
    fn of_equal_pairs_the_earlier_is_taken() {
        assert_eq!(taken(&[edge(0, 0, 5), edge(0, 1, 5)]), [(0, 0)]);
        assert_eq!(taken(&[edge(0, 0, 5), edge(1, 0, 5)]), [(0, 0)]);
    }

    #[test]
    fn a_piece_too_large_ends_well() {
        let edges: Vec<Edge> = (0..400)
            .flat_map(|left| (0..400).map(move |right| edge(left, right, 1 + i64::from(left == right))))
            .collect();
        assert_eq!(taken(&edges).len(), 400);
    }

    /// The most any choice is worth, all of them tried.
    fn most(edges: &[Edge], lefts: u64, rights: u64) -> i64 {
        let Some((first, rest)) = edges.split_first() else { return 0 };
        let (left, right) = (1 << first.left, 1 << first.right);
        let without = most(rest, lefts, rights);
        if lefts & left != 0 || rights & right != 0 {
            return without;
        }
        without.max(first.value + most(rest, lefts | left, rights | right))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn no_other_choice_is_worth_more(
            pairs in prop::collection::btree_map((0u32..5, 0u32..5), 1i64..12, 0..14)
        ) {
            let edges: Vec<Edge> =
                pairs.into_iter().map(|((left, right), value)| edge(left, right, value)).collect();
            let taken = assignment(&edges);
            let chosen: Vec<&Edge> = edges.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(edge, _)| edge).collect();
            for (position, one) in chosen.iter().enumerate() {
                for other in chosen.iter().skip(position + 1) {
                    prop_assert!(one.left != other.left && one.right != other.right, "{:?} {:?}", one, other);
                }
            }
            prop_assert_eq!(chosen.iter().map(|edge| edge.value).sum::<i64>(), most(&edges, 0, 0));
        }
    }
}
