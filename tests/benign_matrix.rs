//! No check speaks where nothing is wrong: each variation of the honest sandbox, alone and together with others, walks to
//! the end in every protocol version in which it is legal, with all probes, and nothing is said of it.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

#[path = "benign_matrix/combinations.rs"]
mod combinations;
#[path = "support/matrix.rs"]
mod matrix;
#[path = "support/side_by_side.rs"]
mod side_by_side;
#[path = "benign_matrix/signs.rs"]
mod signs;
mod support;

use std::collections::BTreeSet;

use gatewalk::check::{Evidence, Judged};
use gatewalk::diagnosis::diagnose;
use gatewalk::flow::Outcome;
use gatewalk::sandbox::{Aspect, Need, Plan, Variation};
use gatewalk::scenario::{ProbeMode, SessionAction};
use gatewalk::specification::{Level, ProtocolVersion, Step};
use gatewalk::transcript::{Ending, Record};
use matrix::{Known, judged, walk};
use side_by_side::side_by_side;
use signs::sign;

/// Where the combinations begin.
const SEED: u64 = 7;

/// A set-up to walk.
#[derive(Clone, Debug)]
struct SetUp {
    protocol_version: ProtocolVersion,
    variations: Vec<Variation>,
}

impl SetUp {
    fn named(&self) -> String {
        let named: Vec<_> = self.variations.iter().map(|variation| variation.id()).collect();
        format!("{} in {}", named.join(" + "), self.protocol_version)
    }

    /// Walks it with what it needs, and all probes.
    async fn walked(&self) -> (Record, Vec<String>) {
        let plan = Plan { variations: self.variations.clone(), ..Plan::honest(self.protocol_version) };
        let needs: Vec<_> = self.variations.iter().flat_map(|variation| variation.needs()).collect();
        let known = if needs.contains(&&Need::ConfidentialClient) {
            Known::confidential()
        } else if needs.contains(&&Need::PublicClient) {
            Known::public()
        } else if self.may_bring_a_document() {
            Known::ByDocument
        } else {
            Known::DYNAMIC
        };
        walk(plan, known, false, |scenario| {
            scenario.probes.extent = ProbeMode::Full;
            scenario.then.extend(needs.iter().filter_map(|need| match need {
                Need::Call(tool) => Some(SessionAction::call(tool)),
                Need::PublicClient | Need::ConfidentialClient => None,
            }));
        })
        .await
    }

    /// Whether the client may be known by its document, as it is in some of the combinations.
    fn may_bring_a_document(&self) -> bool {
        let registers = |variation: &Variation| variation.aspect() == Aspect::Registration;
        let several = self.variations.len() > 1 && !self.variations.iter().any(registers);
        several && self.protocol_version.has_metadata_documents()
    }

    /// What is said of it and should not be.
    fn wrong(&self, record: &Record, clients: &[String], judged: &[Judged]) -> Vec<String> {
        let name = self.named();
        let mut wrong = Vec::new();
        if record.ending != Ending::Finished(Outcome::Reached(Step::Session)) {
            wrong.push(format!("{name} ends {:?}", record.ending));
        }
        let allowed: BTreeSet<_> =
            self.variations.iter().flat_map(|variation| variation.draws()).map(|(check, _)| *check).collect();
        let said = |judged: &Judged| judged.level == Level::Must || !allowed.contains(judged.check.id);
        for judged in judged.iter().filter(|judged| said(judged)) {
            if let Some(finding) = judged.finding() {
                let compared = (finding.expected.as_deref(), finding.found.as_deref());
                wrong.push(format!(
                    "{name}: {:?} {}: {} {compared:?}",
                    judged.level, judged.check.id, finding.message
                ));
            }
        }
        for diagnosis in diagnose(&Evidence::new(&record.scenario, &record.history), judged) {
            wrong.push(format!("{name}: diagnosis {}: {}", diagnosis.kind.id, diagnosis.cause));
        }
        let left: Vec<_> = record.left_behind.iter().map(|left| left.client_id.as_str()).collect();
        if left != clients {
            wrong.push(format!("{name}: lists {left:?} as left behind, but {clients:?} are"));
        }
        wrong
    }
}

/// Walks set-ups side by side, and collects what comes of each.
async fn each<T: Send + 'static>(set_ups: Vec<SetUp>, look: fn(&SetUp, &Record, &[String]) -> T) -> Vec<T> {
    let walks = set_ups.into_iter().map(|set_up| async move {
        let (record, clients) = set_up.walked().await;
        look(&set_up, &record, &clients)
    });
    side_by_side(walks).await
}

/// What one walk shows.
struct Seen {
    set_up: SetUp,
    /// What is said of it and should not be.
    wrong: Vec<String>,
    /// The checks that fail.
    drawn: BTreeSet<&'static str>,
    /// Whether its variations show, where it has one only.
    shown: bool,
}

impl Seen {
    fn of(set_up: &SetUp, record: &Record, clients: &[String]) -> Self {
        let judged = judged(record);
        let failed = judged.iter().filter(|judged| judged.finding().is_some());
        Self {
            wrong: set_up.wrong(record, clients, &judged),
            drawn: failed.map(|judged| judged.check.id).collect(),
            shown: match set_up.variations[..] {
                [alone] => sign(alone).is_in(record),
                _ => true,
            },
            set_up: set_up.clone(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_variations_alone_and_together() {
    let alone = Variation::ALL.iter().flat_map(|&variation| {
        let versions = variation.protocol_versions().iter();
        versions.map(move |&protocol_version| SetUp { protocol_version, variations: vec![variation] })
    });
    let together = combinations::pairwise(SEED)
        .into_iter()
        .map(|(protocol_version, variations)| SetUp { protocol_version, variations });
    let seen = each(alone.chain(together).collect(), Seen::of).await;
    let mut wrong: Vec<_> = seen.iter().flat_map(|seen| seen.wrong.clone()).collect();
    let hidden = seen.iter().filter(|seen| !seen.shown);
    wrong.extend(hidden.map(|seen| format!("{} does not show", seen.set_up.named())));
    for variation in Variation::ALL {
        for (check, _) in variation.draws() {
            let drawn =
                |seen: &&Seen| seen.set_up.variations.contains(variation) && seen.drawn.contains(check);
            if !seen.iter().any(|seen| drawn(&seen)) {
                wrong.push(format!("{variation} never draws {check}"));
            }
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_variation_shows_in_the_honest_set_up() {
    let honest = ProtocolVersion::ALL.map(|protocol_version| SetUp { protocol_version, variations: vec![] });
    let shown = each(honest.to_vec(), |set_up, record, _| {
        let legal = |v: &&Variation| v.protocol_versions().contains(&set_up.protocol_version);
        let shown = Variation::ALL.iter().filter(legal).filter(|variation| sign(**variation).is_in(record));
        shown.map(|variation| format!("{variation} in {}", set_up.protocol_version)).collect::<Vec<_>>()
    });
    assert_eq!(shown.await.concat(), [""; 0]);
}

#[test]
fn there_are_sixty_variations_at_least_and_every_pair_that_goes_together_is_walked() {
    assert!(Variation::ALL.len() >= 60);
    let walked = combinations::pairwise(SEED);
    let covered: BTreeSet<_> =
        walked.iter().flat_map(|(_, variations)| combinations::pairs(variations)).collect();
    assert_eq!(
        combinations::wanted().difference(&covered).collect::<Vec<_>>(),
        Vec::<&(Variation, Variation)>::new()
    );
}
