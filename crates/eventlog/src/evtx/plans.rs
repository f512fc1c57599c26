//! The plans of one chunk's definitions, each made once.

use super::compile::{Form, Names, Whole, compile};
use super::instance::definition_body;
use super::plan::{Plan, Step};
use super::value::Irregular;

/// Plans of definitions, by where the definition stands.
#[derive(Debug, Default)]
pub(super) struct Plans {
    steps: Vec<Step>,
    names: Names,
    /// Plans of whole events, in the order in which they were met.
    events: Vec<Known<Plan>>,
    /// The steps of fragments.
    fragments: Vec<Known<(u32, u32)>>,
    /// Where to look first: the last plan met whose definition has these low bits.
    recent: Recent,
}

#[derive(Debug)]
struct Known<P> {
    definition: u32,
    /// `None` when it has a shape that plans cannot express.
    plan: Option<P>,
}

/// Definitions begin at any offset; neighbours are tens of bytes apart.
const RECENT: usize = 64;
const DEFINITION_SHIFT: u32 = 5;

#[derive(Debug)]
struct Recent([u16; RECENT]);

impl Default for Recent {
    fn default() -> Self {
        Self([0; RECENT])
    }
}

impl Recent {
    fn slot(definition: u32) -> usize {
        usize::try_from(definition >> DEFINITION_SHIFT).unwrap_or_default() % RECENT
    }
}

impl Plans {
    /// Forgets the chunk before.
    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.names.clear();
        self.events.clear();
        self.fragments.clear();
    }

    /// The plan of the events whose template is defined at `definition`, and its number.
    #[inline]
    pub(super) fn event(&mut self, chunk: &[u8], definition: u32) -> Result<usize, Irregular> {
        let slot = Recent::slot(definition);
        let recent = self.recent.0.get(slot).copied().map_or(0, usize::from);
        let is_it = |number: &usize| {
            self.events.get(*number).is_some_and(|known| known.definition == definition)
        };
        let number = match Some(recent).filter(is_it).or_else(|| self.find(definition)) {
            Some(number) => number,
            None => self.compile(chunk, definition),
        };
        if let (Some(recent), Ok(number)) = (self.recent.0.get_mut(slot), u16::try_from(number)) {
            *recent = number;
        }
        match self.events.get(number) {
            Some(Known { plan: Some(_), .. }) => Ok(number),
            _ => Err(Irregular),
        }
    }

    /// The plan of that number.
    #[inline]
    pub(super) fn plan(&self, number: usize) -> Option<&Plan> {
        self.events.get(number)?.plan.as_ref()
    }

    fn find(&self, definition: u32) -> Option<usize> {
        self.events.iter().position(|known| known.definition == definition)
    }

    fn compile(&mut self, chunk: &[u8], definition: u32) -> usize {
        let plan = definition_body(chunk, definition).and_then(|body| {
            compile(chunk, body, Form::Definition, Whole::Event, &mut self.steps, &mut self.names)
                .ok()
        });
        self.events.push(Known { definition, plan });
        self.events.len().saturating_sub(1)
    }

    /// Makes the plan of a record without a template, which is forgotten when the next is made.
    pub(super) fn record(
        &mut self,
        chunk: &[u8],
        range: (usize, usize),
    ) -> Result<usize, Irregular> {
        const NO_DEFINITION: u32 = u32::MAX;
        self.events.pop_if(|last| last.definition == NO_DEFINITION);
        let plan =
            compile(chunk, range, Form::Record, Whole::Event, &mut self.steps, &mut self.names)?;
        self.events.push(Known { definition: NO_DEFINITION, plan: Some(plan) });
        Ok(self.events.len().saturating_sub(1))
    }

    /// The steps of the fragments whose template is defined at `definition`.
    pub(super) fn fragment(
        &mut self,
        chunk: &[u8],
        definition: u32,
        body: (usize, usize),
    ) -> Result<(u32, u32), Irregular> {
        if let Some(known) = self.fragments.iter().find(|known| known.definition == definition) {
            return known.plan.ok_or(Irregular);
        }
        let plan = compile(
            chunk,
            body,
            Form::Definition,
            Whole::Fragment,
            &mut self.steps,
            &mut self.names,
        );
        let plan = plan.map(|plan| plan.steps);
        self.fragments.push(Known { definition, plan: plan.ok() });
        plan
    }

    /// Makes the plan of a fragment without a template, which is used once.
    pub(super) fn once(&mut self, chunk: &[u8], range: (usize, usize)) -> Result<Plan, Irregular> {
        compile(chunk, range, Form::Record, Whole::Fragment, &mut self.steps, &mut self.names)
    }

    #[inline]
    pub(super) fn step(&self, at: u32) -> Option<Step> {
        self.steps.get(usize::try_from(at).ok()?).copied()
    }
}
