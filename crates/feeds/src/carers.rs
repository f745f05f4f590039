//! Which parents and carers a record holds, where a message names more than there is room for.

/// A record holds so many (`carer_1_` to `carer_4_`).
pub(crate) const MOST: usize = 4;

/// Who comes first where there is not room for all.
const ORDER: [&str; 5] = ["mother", "father", "parent", "guardian", "carer"];

/// Somebody with responsibility or care (rule 1.7).
pub(crate) struct Named<'a> {
    /// By the codes of docs/feeds.
    pub(crate) relationship: &'a str,
    /// Parental responsibility is said (rule 1.9).
    pub(crate) responsible: bool,
}

/// Who is held of those named: all where there is room, otherwise first who has parental responsibility, then parents before others.
pub(crate) fn held(named: &[Named<'_>]) -> Vec<bool> {
    let rank = |one: &Named<'_>| {
        let kind = ORDER.iter().position(|known| *known == one.relationship);
        (!one.responsible, kind.unwrap_or(usize::MAX))
    };
    let mut order: Vec<usize> = (0..named.len()).collect();
    order.sort_by_key(|at| named.get(*at).map(rank));
    let mut held = vec![false; named.len()];
    for at in order.into_iter().take(MOST) {
        if let Some(held) = held.get_mut(at) {
            *held = true;
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_responsibility_is_held_before_others_and_parents_before_carers() {
        let of = |named: &[(&'static str, bool)]| {
            let named: Vec<Named<'_>> = named
                .iter()
                .map(|(relationship, responsible)| Named { relationship, responsible: *responsible })
                .collect();
            held(&named)
        };
        assert_eq!(of(&[("carer", false), ("mother", false)]), [true, true]);
        let six = [
            ("carer", false),
            ("guardian", false),
            ("carer", true),
            ("father", false),
            ("mother", false),
            ("guardian", false),
        ];
        assert_eq!(of(&six), [false, true, true, true, true, false], "in the order in which they were named");
    }
}
