//! What is written can be fed: every row is accepted by the feed of its source.

use feeds::{Options, Outcome, Profile, Reader};
use population::{DEFAULT_AS_OF, Source};

use crate::world::POPULATION;

#[test]
fn the_columns_are_exactly_those_of_the_feeds() {
    for source in Source::ALL {
        let profile = Profile::named(source.name()).unwrap();
        let mut asked: Vec<_> = profile.columns().map(|column| column.name).collect();
        let mut given = source.columns();
        asked.sort_unstable();
        given.sort_unstable();
        assert_eq!(given, asked, "{source}");
    }
}

#[test]
fn no_row_is_quarantined() {
    for source in Source::ALL {
        let mut bytes = Vec::new();
        POPULATION.write_source(source, &mut bytes).unwrap();
        let options = Options { file: source.file_name(), today: DEFAULT_AS_OF, snapshot: None };
        let profile = Profile::named(source.name()).unwrap();
        let mut accepted = 0;
        for outcome in Reader::open(bytes.as_slice(), profile, options).unwrap() {
            match outcome.unwrap() {
                Outcome::Accepted(_) => accepted += 1,
                Outcome::Quarantined(row) => panic!("{source}: {row:?}"),
            }
        }
        assert_eq!(accepted, POPULATION.len(source), "{source}");
    }
}
