//! Mutations of seeds: bytes changed, words of the grammar put in, pieces doubled, dropped, cut and joined.

use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes of an input at the most; parsers are linear, so longer ones only cost time.
const MAX_LENGTH: usize = 16 << 10;

#[derive(Clone, Debug)]
enum Change {
    /// Another byte.
    Byte(usize, u8),
    /// A word put in.
    Word(usize, usize),
    /// A piece doubled, so often.
    Repeat(usize, usize, u8),
    /// A piece dropped.
    Drop(usize, usize),
    /// All beyond it cut off.
    Cut(usize),
    /// The rest of another seed put behind it.
    Join(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        6 => (at(), at()).prop_map(|(at, word)| Change::Word(at, word)),
        2 => (at(), at(), any::<u8>()).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        2 => (at(), at()).prop_map(|(from, to)| Change::Drop(from, to)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), at()).prop_map(|(seed, at)| Change::Join(seed, at)),
    ]
}

/// Inputs near the seeds, and now and then bytes of any kind.
pub(crate) fn mutations(
    seeds: &'static [&'static [u8]],
    words: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> {
    let near = (0..seeds.len(), vec(change(), 1..12)).prop_map(move |(seed, changes)| {
        let mut input = seeds[seed].to_vec();
        for change in changes {
            apply(&mut input, &change, seeds, words);
            input.truncate(MAX_LENGTH);
        }
        input
    });
    prop_oneof![9 => near, 1 => vec(any::<u8>(), 0..512)]
}

fn apply(input: &mut Vec<u8>, change: &Change, seeds: &[&[u8]], words: &[&str]) {
    let place = |at: usize| at % (input.len() + 1);
    let piece = |a: usize, b: usize| {
        let (a, b) = (place(a), place(b));
        (a.min(b), a.max(b).min(a.min(b) + 512))
    };
    match *change {
        Change::Byte(at, byte) if !input.is_empty() => {
            let at = at % input.len();
            input[at] = byte;
        }
        Change::Byte(_, byte) => input.push(byte),
        Change::Word(at, word) => {
            let at = place(at);
            input.splice(at..at, words[word % words.len()].bytes());
        }
        Change::Repeat(from, to, times) => {
            let (from, to) = piece(from, to);
            let again = input[from..to].repeat(times.into());
            input.splice(to..to, again);
        }
        Change::Drop(from, to) => {
            let (from, to) = piece(from, to);
            input.drain(from..to);
        }
        Change::Cut(at) => {
            let at = place(at);
            input.truncate(at);
        }
        Change::Join(seed, at) => {
            let other = seeds[seed % seeds.len()];
            input.extend_from_slice(&other[at % (other.len() + 1)..]);
        }
    }
}
