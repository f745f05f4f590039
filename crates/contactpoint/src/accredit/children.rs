//! The children of the kit: always the same ones, out of one invented population.

use anyhow::ensure;
use conformance::Cast;
use feeds::Profile;
use population::{Config, Population, Source};

/// How many are invented, so that enough of them are on the list of the smallest source.
const INVENTED: u32 = 40_000;

/// The seed of the kit's population. Another seed would be other sheets: a new version of the kit.
const SEED: u64 = 2_004;

/// The children of a profile.
///
/// # Errors
/// If the program is damaged.
pub fn of(profile: &'static Profile) -> anyhow::Result<Cast> {
    let population = population::generate(&Config::new(INVENTED, SEED))?;
    let own = Source::ALL.into_iter().find(|source| source.name() == profile.name);
    let cast = match own {
        Some(source) => Cast::choose(profile, rows(&population, source)),
        // A register of deaths holds few children: those of the register of births, dead for the kit alone.
        None if profile.name == "gro-deaths" => {
            let dead = [("entry", "registered"), ("date_of_death", "2026-11-20")];
            let dead = dead.map(|(column, value)| (column, value.to_owned()));
            let born = rows(&population, Source::GroBirths);
            Cast::choose(profile, born.map(|child| [child, dead.to_vec()].concat()))
        }
        // No population says what a hospital holds: the children of the health visitors, each with somebody's practice.
        None => {
            let practices = rows(&population, Source::NhsGp).map(|mut row| {
                row.retain(|(column, _)| column.starts_with("practice_"));
                row
            });
            let children = rows(&population, Source::HealthVisiting);
            Cast::choose(profile, children.zip(practices).map(|(child, practice)| [child, practice].concat()))
        }
    };
    ensure!(
        cast.len() == conformance::MOST_CHILDREN,
        "the kit's children are {} and not complete",
        cast.len()
    );
    Ok(cast)
}

fn rows(population: &Population, source: Source) -> impl Iterator<Item = Vec<(&'static str, String)>> + '_ {
    let columns = source.columns();
    population.records(source).map(move |record| columns.iter().copied().zip(record.values).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn each_profile_has_the_children_that_the_cases_name() {
        for profile in Profile::ALL {
            assert_eq!(of(profile).unwrap().len(), conformance::MOST_CHILDREN, "{}", profile.name);
        }
    }
}
