//! Set-ups with many variations at once, so that each pair of variations that can be together is together in one.

use std::collections::BTreeSet;

use gatewalk::sandbox::Variation;
use gatewalk::specification::ProtocolVersion;

/// The pairs of a set-up.
pub(crate) fn pairs(variations: &[Variation]) -> Vec<(Variation, Variation)> {
    let mut sorted = variations.to_vec();
    sorted.sort();
    let pairs = sorted
        .iter()
        .enumerate()
        .flat_map(|(at, &first)| sorted.iter().skip(at + 1).map(move |&second| (first, second)));
    pairs.collect()
}

/// The protocol versions in which all of them are legal.
fn versions(variations: &[Variation]) -> Vec<ProtocolVersion> {
    let legal =
        |version: &ProtocolVersion| variations.iter().all(|v| v.protocol_versions().contains(version));
    ProtocolVersion::ALL.into_iter().filter(legal).collect()
}

/// Whether a variation can be added.
fn fits(variations: &[Variation], other: Variation) -> bool {
    let mut more = variations.to_vec();
    more.push(other);
    variations.iter().all(|known| known.goes_with(other)) && !versions(&more).is_empty()
}

/// All pairs that can be together.
pub(crate) fn wanted() -> BTreeSet<(Variation, Variation)> {
    pairs(Variation::ALL).into_iter().filter(|(first, second)| fits(&[*first], *second)).collect()
}

/// Set-ups that hold all pairs, the same for the same seed.
pub(crate) fn pairwise(seed: u64) -> Vec<(ProtocolVersion, Vec<Variation>)> {
    let mut dice = Dice(seed);
    let mut open = wanted();
    let mut set_ups = Vec::new();
    while let Some(&(first, second)) = open.iter().next() {
        let mut set_up = vec![first, second];
        let mut others: Vec<_> = Variation::ALL.to_vec();
        dice.shuffle(&mut others);
        loop {
            // Whoever meets most of those not met yet comes next.
            let gain = |other: &Variation| {
                set_up.iter().filter(|known| open.contains(&ordered(**known, *other))).count()
            };
            let next = others
                .iter()
                .copied()
                .filter(|other| fits(&set_up, *other) && gain(other) > 0)
                .max_by_key(gain);
            let Some(next) = next else { break };
            set_up.push(next);
        }
        for pair in pairs(&set_up) {
            open.remove(&pair);
        }
        let version = versions(&set_up).into_iter().cycle().nth(set_ups.len()).unwrap();
        set_ups.push((version, set_up));
    }
    set_ups
}

fn ordered(first: Variation, second: Variation) -> (Variation, Variation) {
    if first < second { (first, second) } else { (second, first) }
}

/// Numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
