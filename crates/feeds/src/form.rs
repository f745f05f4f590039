//! Where the profile's columns stand, by their meaning: looked up once a file, not once a value.

use crate::profile::{Column, Profile};

/// A column of the profile and its place among the values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) index: usize,
    pub(crate) column: &'static Column,
}

macro_rules! slots {
    ($(#[$meta:meta])* $type:ident { $($field:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub(crate) struct $type { $(pub(crate) $field: Option<Slot>,)+ }

        impl $type {
            fn find(columns: &[Option<&'static Column>], prefix: &str) -> Self {
                Self { $($field: find(columns, &format!("{prefix}{}", stringify!($field))),)+ }
            }
        }
    };
}

slots! {
    /// A person's name.
    NameSlots { forenames, surname, }
}

slots! {
    /// Columns that stand in a profile once or not at all.
    SingleSlots {
        record_id, effective_at, date_of_birth, gender,
        birth_registration, date_of_death, entry, child_benefit_number, upn, nhs_number,
        address_kind, address_line_1, address_line_2, town, postcode,
        school_urn, school_name, school_telephone, school_email, school_start, school_end, education_status,
        practice_code, practice_name, practice_telephone, practice_start,
        local_authority, caf_exists, caf_holder, caf_telephone,
    }
}

slots! {
    /// A parent or carer, name apart.
    CarerSlots { relationship, responsibility, telephone, email, }
}

slots! {
    /// A service that works with the child.
    InvolvementSlots { service, organisation, practitioner, telephone, email, start, end, lead, basis, consent, asserted_by, asserted_on,
        withdrawn_on, marker, }
}

/// Every column of a profile by its meaning.
#[derive(Debug)]
pub(crate) struct Form {
    /// What each value of a row stands for; nothing of the feed where there is none.
    pub(crate) columns: Vec<Option<&'static Column>>,
    pub(crate) name: NameSlots,
    pub(crate) single: SingleSlots,
    pub(crate) aliases: Vec<NameSlots>,
    pub(crate) carers: Vec<(NameSlots, CarerSlots)>,
    pub(crate) involvements: Vec<InvolvementSlots>,
}

impl Form {
    /// The place of the record's identifier: the first column of every profile.
    pub(crate) const RECORD_ID: usize = 0;

    pub(crate) fn of(profile: &'static Profile) -> Self {
        Self::of_columns(&profile.columns().map(Some).collect::<Vec<_>>())
    }

    /// For values that stand for these columns.
    pub(crate) fn of_columns(columns: &[Option<&'static Column>]) -> Self {
        let groups = |stem: &str, first: &str| -> Vec<String> {
            (1..)
                .map(|k| format!("{stem}_{k}_"))
                .take_while(|prefix| find(columns, &format!("{prefix}{first}")).is_some())
                .collect()
        };
        Self {
            columns: columns.to_vec(),
            name: NameSlots::find(columns, ""),
            single: SingleSlots::find(columns, ""),
            aliases: groups("alias", "forenames").iter().map(|p| NameSlots::find(columns, p)).collect(),
            carers: groups("carer", "forenames")
                .iter()
                .map(|prefix| (NameSlots::find(columns, prefix), CarerSlots::find(columns, prefix)))
                .collect(),
            involvements: groups("involvement", "service")
                .iter()
                .map(|prefix| InvolvementSlots::find(columns, prefix))
                .collect(),
        }
    }

    /// Every column that stands for one of the feed, with its place.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.columns.iter().enumerate().filter_map(|(index, column)| Some(Slot { index, column: (*column)? }))
    }
}

fn find(columns: &[Option<&'static Column>], name: &str) -> Option<Slot> {
    let named = |column: &Option<&'static Column>| column.is_some_and(|column| column.name == name);
    let index = columns.iter().position(named)?;
    Some(Slot { index, column: (*columns.get(index)?)? })
}
