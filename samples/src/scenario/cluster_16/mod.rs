//! Sixteen hosts, four hundred guests, two weeks, twelve troubles. README.md of the folder tells the story.

mod days;
mod estate;
mod expected;
mod guest_life;
mod host_life;
mod journal;
mod troubles;
mod truth;
mod world;

use super::{Evidence, Sample};
use crate::chance::Chance;
use crate::instant::DAY;
use days::{DAYS, FROM, Plan};
use world::World;

/// Name of the folder.
const FOLDER: &str = "cluster-16-hosts";

/// What hosts and guests sent, what was planted in it, and what a right diagnosis says of that.
pub(super) fn files() -> Vec<Sample> {
    let mut world = World::new();
    Plan::of_all().run(&mut world);
    let mut troubles = world.troubles;
    troubles.sort_by_key(|trouble| trouble.id);
    let packed = world.journal.pack(&mut Chance::new(FROM));
    let truth = truth::truth(&troubles, &packed.places, FROM, FROM + DAYS * DAY);
    let expected = expected::expected(&troubles, &packed.places);
    let mut samples = packed.samples;
    for (path, text) in [("truth.json", truth), ("expected.json", expected)] {
        let evidence = Evidence::Bytes(text.into_bytes());
        samples.push(Sample { path: path.to_owned(), evidence });
    }
    for sample in &mut samples {
        sample.path = format!("{FOLDER}/{}", sample.path);
    }
    samples
}
