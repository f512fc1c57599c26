//! One record, read in place.

use hvtriage_winfmt::{Bytes, FileOffset, FileTime, Guid, Sid};

use super::instance::{Instance, Slots};
use super::payload::{Holder, NamedValue, PayloadReader, STEP_BUDGET};
use super::plan::{Field, NO_DEPENDENCY, Source};
use super::plans::Plans;
use super::value::{Irregular, Value};
use super::walk::Frame;
use crate::{Container, Event, Origin, PayloadValue, text, xml};

/// A record of a chunk, of which nothing has been copied yet.
#[derive(Debug)]
pub struct Record<'r, 'a> {
    pub(super) chunk: &'a [u8],
    pub(super) chunk_offset: u64,
    pub(super) frame: Frame,
    /// Whether a record before it was left to the full decode.
    pub(super) is_after_irregular: bool,
    /// Number of its plan.
    pub(super) plan: usize,
    pub(super) instance: Instance,
    pub(super) slots: &'r mut Slots,
    pub(super) plans: &'r mut Plans,
    /// What the payloads of the chunk may still cost.
    pub(super) budget: &'r mut u32,
    /// Values of earlier events, whose memory is used again.
    pub(super) spare: &'r mut Vec<PayloadValue>,
}

impl<'a> Record<'_, 'a> {
    /// Where it stands in its file.
    #[must_use]
    pub fn offset(&self) -> FileOffset {
        FileOffset(self.chunk_offset.saturating_add(self.frame.start as u64))
    }

    /// How whole the place is that it stands in.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.frame.origin
    }

    /// `EventID`.
    ///
    /// # Errors
    /// [`Irregular`], here and below, when the full decode must say what the value is.
    #[inline]
    pub fn event_id(&self) -> Result<u32, Irregular> {
        Ok(element_number(self.field(Field::EventId)?).unwrap_or_default())
    }

    /// `Level`.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn level(&self) -> Result<u8, Irregular> {
        Ok(element_number(self.field(Field::Level)?).unwrap_or_default())
    }

    /// `EventRecordID`.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn record_id(&self) -> Result<u64, Irregular> {
        Ok(element_number(self.field(Field::EventRecordId)?).unwrap_or_default())
    }

    /// `TimeCreated`.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    #[inline]
    pub fn time_created(&self) -> Result<Option<FileTime>, Irregular> {
        // 9000-01-01: whatever is shown with more than four digits is read back as text.
        const FAR: u64 = 2_334_873_600_000_000_000;
        Ok(match self.field(Field::SystemTime)? {
            Value::Null => None,
            Value::FileTime(time) if time.0 < FAR => Some(time),
            other => FileTime::parse_export(&attribute_text(other)).ok(),
        })
    }

    /// Name of the provider.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn provider_name(&self) -> Result<Value<'a>, Irregular> {
        self.field(Field::ProviderName)
    }

    /// GUID of the provider.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn provider_guid(&self) -> Result<Option<Guid>, Irregular> {
        Ok(match self.field(Field::ProviderGuid)? {
            Value::Null => None,
            Value::Guid(guid) => Some(guid),
            Value::Text(text) => text.to_guid().or_else(|| text.to_string().parse().ok()),
            other => attribute_text(other).parse().ok(),
        })
    }

    /// The log that it was written to.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn channel(&self) -> Result<Value<'a>, Irregular> {
        self.field(Field::Channel)
    }

    /// The computer that wrote it.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn computer(&self) -> Result<Value<'a>, Irregular> {
        self.field(Field::Computer)
    }

    /// Puts the values of the payload into `values`, in order, instead of what is there.
    ///
    /// # Errors
    /// As [`Self::event_id`]; `values` then holds nothing of use.
    pub fn values_into(&mut self, values: &mut Vec<NamedValue<'a>>) -> Result<(), Irregular> {
        self.read_payload(values).map(|_| ())
    }

    /// The event, with everything copied.
    ///
    /// # Errors
    /// As [`Self::event_id`].
    pub fn to_event(&mut self, values: &mut Vec<NamedValue<'a>>) -> Result<Event, Irregular> {
        let mut event = Event::default();
        self.copy_into(&mut event, values)?;
        Ok(event)
    }

    /// Copies everything into an event that is used again and again, so that its texts need no
    /// new memory.
    ///
    /// # Errors
    /// As [`Self::event_id`]; `event` is then a mix of two.
    pub fn copy_into(
        &mut self,
        event: &mut Event,
        values: &mut Vec<NamedValue<'a>>,
    ) -> Result<(), Irregular> {
        let Beside { holder, binary, message } = self.read_payload(values)?;
        let number = |field| self.field(field).map(element_number::<u64>);
        let attribute = |field| self.field(field).map(attribute_number::<u32>);
        put_attribute(self.field(Field::ProviderName)?, &mut event.provider.name);
        event.provider.guid = self.provider_guid()?;
        put_name(self.field(Field::EventSourceName)?, &mut event.provider.event_source);
        event.id = self.event_id()?;
        event.qualifiers = attribute(Field::Qualifiers)?.and_then(|it| u16::try_from(it).ok());
        event.version = narrow(number(Field::Version)?);
        event.level = self.level()?;
        event.task = narrow(number(Field::Task)?);
        event.opcode = narrow(number(Field::Opcode)?);
        event.keywords = match self.field(Field::Keywords)? {
            Value::Hexadecimal(bits) => bits,
            other => xml::keywords(other.to_text().trim()),
        };
        event.process_id = attribute(Field::ProcessId)?;
        event.thread_id = attribute(Field::ThreadId)?;
        put_element(self.channel()?, &mut event.channel);
        put_element(self.computer()?, &mut event.computer);
        event.record_id = self.record_id()?;
        event.time_created = self.time_created()?;
        event.user_id = match self.field(Field::UserId)? {
            Value::Null => None,
            // A longer one is no SID when it is read from text.
            Value::Sid(bytes) if bytes.len() <= MAX_SID_BYTES => Sid::read(Bytes::new(bytes)).ok(),
            other => attribute_text(other).parse().ok(),
        };
        put_container(holder, &mut event.payload.container);
        put_values(values, &mut event.payload.values, self.spare);
        event.payload.binary = binary.and_then(|value| match value {
            Value::Binary(bytes) => Some(bytes.to_vec()),
            other => xml::hexadecimal(other.to_text().trim()),
        });
        event.message = message.and_then(|message| text::message(&attribute_text(message)));
        event.origin = self.origin();
        event.offset = self.offset();
        Ok(())
    }

    pub(super) fn provider_text(&self) -> Result<String, Irregular> {
        Ok(attribute_text(self.provider_name()?))
    }

    /// Whether all records of its plan are of one provider. A record without a template has a plan
    /// of its own, whose number is used again.
    pub(super) fn has_one_provider(&self) -> bool {
        let is_fixed = |field: Field| {
            self.plans.plan(self.plan).and_then(|plan| plan.fields.get(field as usize)).is_some_and(
                |from| !matches!(from.source, Source::Slot(_)) && from.dependency == NO_DEPENDENCY,
            )
        };
        self.instance.definition != 0
            && is_fixed(Field::ProviderName)
            && is_fixed(Field::ProviderGuid)
    }

    fn read_payload(&mut self, values: &mut Vec<NamedValue<'a>>) -> Result<Beside<'a>, Irregular> {
        values.clear();
        let steps = self.plans.plan(self.plan).ok_or(Irregular)?.steps;
        let limit = STEP_BUDGET.min(*self.budget);
        let mut reader = PayloadReader {
            chunk: self.chunk,
            slots: self.slots,
            plans: self.plans,
            values,
            holder: Holder::None,
            binary: None,
            message: None,
            budget: limit,
        };
        let result = reader.run(steps, self.instance);
        *self.budget = self.budget.saturating_sub(limit.saturating_sub(reader.budget));
        result?;
        let PayloadReader { holder, binary, message, .. } = reader;
        Ok(Beside { holder, binary, message })
    }

    #[inline]
    pub(super) fn field(&self, field: Field) -> Result<Value<'a>, Irregular> {
        let plan = self.plans.plan(self.plan).ok_or(Irregular)?;
        let from = plan.fields.get(field as usize).ok_or(Irregular)?;
        let slot = match from.source {
            Source::Absent => return Ok(Value::Null),
            Source::Literal(at) => return Ok(Value::Text(at.text(self.chunk))),
            Source::Slot(slot) => slot,
        };
        if from.dependency != NO_DEPENDENCY
            && from.dependency != slot
            && self.slots.is_null(self.instance, from.dependency)
        {
            return Ok(Value::Null);
        }
        self.slots.value(self.chunk, self.instance, slot)
    }
}

/// Revision, count, authority and fifteen parts.
const MAX_SID_BYTES: usize = 8 + 15 * 4;

/// What a payload has beside its values.
struct Beside<'a> {
    holder: Holder<'a>,
    binary: Option<Value<'a>>,
    message: Option<Value<'a>>,
}

/// Values that are not needed now wait in `spare`, so that the next record with more of them finds
/// their memory.
fn put_values(from: &[NamedValue<'_>], to: &mut Vec<PayloadValue>, spare: &mut Vec<PayloadValue>) {
    spare.extend(to.drain(from.len().min(to.len())..));
    to.resize_with(from.len(), || spare.pop().unwrap_or_default());
    for (from, to) in from.iter().zip(to) {
        match (from.name, &mut to.name) {
            (Some(from), Some(to)) => {
                to.clear();
                from.push_to(to);
            }
            (from, to) => *to = from.map(|name| name.to_string()),
        }
        to.text.clear();
        from.value.push_to(&mut to.text);
    }
}

fn put_container(from: Holder<'_>, to: &mut Container) {
    match (from, to) {
        (Holder::UserData(from), Container::UserData(to)) => {
            to.clear();
            from.push_to(to);
        }
        (Holder::UserData(name), to) => *to = Container::UserData(name.to_string()),
        (Holder::EventData, to) => *to = Container::EventData,
        (Holder::None, to) => *to = Container::None,
    }
}

/// A name that may be absent; an empty one is.
fn put_name(from: Value<'_>, to: &mut Option<String>) {
    let mut name = to.take().unwrap_or_default();
    put_attribute(from, &mut name);
    *to = Some(name).filter(|name| !name.is_empty());
}

/// Text of an attribute, in which blanks count.
fn attribute_text(value: Value<'_>) -> String {
    let mut text = String::new();
    put_attribute(value, &mut text);
    text
}

fn put_attribute(value: Value<'_>, to: &mut String) {
    to.clear();
    match value {
        Value::Text(text) => text.push_to(to),
        other => other.push_to(to),
    }
}

/// Text of an element, in which blanks around it do not count.
fn put_element(value: Value<'_>, to: &mut String) {
    to.clear();
    value.push_to(to);
    if to.trim().len() < to.len() {
        *to = to.trim().to_owned();
    }
}

#[inline]
fn element_number<N: TryFrom<u64> + std::str::FromStr>(value: Value<'_>) -> Option<N> {
    match value {
        Value::Unsigned(number) => N::try_from(number).ok(),
        Value::Null => None,
        other => other.to_text().trim().parse().ok(),
    }
}

fn attribute_number<N: TryFrom<u64> + std::str::FromStr>(value: Value<'_>) -> Option<N> {
    match value {
        Value::Unsigned(number) => N::try_from(number).ok(),
        other => attribute_text(other).parse().ok(),
    }
}

fn narrow<N: TryFrom<u64> + Default>(number: Option<u64>) -> N {
    number.and_then(|number| N::try_from(number).ok()).unwrap_or_default()
}
