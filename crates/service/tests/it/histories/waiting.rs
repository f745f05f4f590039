//! A source says of somebody, rightly or by mistake, that they live where a shielded child does. Nobody at the desk decides about
//! it in these histories: to everybody what was said before stands, whatever else happens to them, until the source says
//! something else.

use super::decisions::plain;
use super::model::{Place, Statement, day};
use super::story::{Story, row, source_name};
use super::words::{postcode, spelt};
use crate::house::by_postcode;

impl Story {
    /// What happens besides is what would have happened without it: the dice are put back.
    pub async fn a_move_that_waits(&mut self) {
        let dice = self.rng.clone();
        self.somebody_moves_beside_a_shielded_child().await;
        self.rng = dice;
    }

    async fn somebody_moves_beside_a_shielded_child(&mut self) {
        let now = self.house.clock.now();
        let Some(shielded) = self.somebody(|who| !who.shields.is_empty()) else { return };
        let Some((_, Some(place))) = self.people[shielded].name_and_place(now) else { return };
        let fits = |who: &super::model::Identity| {
            plain(who) && who.shields.is_empty() && !who.sealed && !who.grown(day(now))
        };
        let Some(at) = self.somebody(fits) else { return };
        let who = &self.people[at];
        let Some(((source, record), known)) = who.records.first_key_value() else { return };
        let said = Statement { on: day(now), place: Place::At(place), ..known.said.clone() };
        let moved = row(record, *source, who, &said);
        let (of, surname) = ((*source, record.clone()), spelt(known.said.surname));
        let counts = self.house.load(source_name(of.0), &[moved]).await;
        assert_eq!((counts.rows, counts.updated), (1, 1), "{:#?}", self.people[at]);
        self.people[at].records.get_mut(&of).unwrap().moved_meanwhile = true;
        *self.looks.entry("a move that waits").or_default() += 1;
        let nurse = self.practitioner().await;
        let rows = self.house.found(&nurse, by_postcode(&surname, &postcode(place))).await;
        let found = rows.iter().any(|row| self.is_row_of(&self.people[at], row));
        assert!(!found, "{rows:?}: {:#?}", self.people[at]);
    }
}
