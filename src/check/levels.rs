//! How binding a rule is, protocol version by protocol version.

use crate::specification::{Level, ProtocolVersion};

/// How binding a rule is in each protocol version; `None` where it does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    v2025_03_26: Option<Level>,
    v2025_06_18: Option<Level>,
    v2025_11_25: Option<Level>,
    v2026_07_28: Option<Level>,
    /// The level of the text, and why it is not ours.
    lowered: Option<(Level, &'static str)>,
}

impl Levels {
    const NONE: Self =
        Self { v2025_03_26: None, v2025_06_18: None, v2025_11_25: None, v2026_07_28: None, lowered: None };

    /// The same level in every protocol version.
    pub const fn all(level: Level) -> Self {
        Self::NONE.then(ProtocolVersion::V2025_03_26, level)
    }

    /// That level from a protocol version on.
    pub const fn since(protocol_version: ProtocolVersion, level: Level) -> Self {
        Self::NONE.then(protocol_version, level)
    }

    /// Below the level of the text on purpose, and why: the sentence begins with what the text says.
    #[must_use]
    pub const fn lowered(mut self, text: Level, because: &'static str) -> Self {
        self.lowered = Some((text, because));
        self
    }

    /// Why the level in a protocol version is below that of the text, if it is.
    pub fn why_lowered(self, protocol_version: ProtocolVersion) -> Option<&'static str> {
        let (text, because) = self.lowered?;
        self.of(protocol_version).is_some_and(|level| level < text).then_some(because)
    }

    /// Another level from a protocol version on.
    #[must_use]
    pub const fn then(self, protocol_version: ProtocolVersion, level: Level) -> Self {
        self.set(protocol_version, Some(level))
    }

    /// No such rule from a protocol version on.
    #[must_use]
    pub const fn until(self, protocol_version: ProtocolVersion) -> Self {
        self.set(protocol_version, None)
    }

    /// Each version sets its own level and those after it: a new one is missed by the compiler.
    const fn set(self, from: ProtocolVersion, level: Option<Level>) -> Self {
        match from {
            ProtocolVersion::V2025_03_26 => {
                Self { v2025_03_26: level, ..self.set(ProtocolVersion::V2025_06_18, level) }
            }
            ProtocolVersion::V2025_06_18 => {
                Self { v2025_06_18: level, ..self.set(ProtocolVersion::V2025_11_25, level) }
            }
            ProtocolVersion::V2025_11_25 => {
                Self { v2025_11_25: level, ..self.set(ProtocolVersion::V2026_07_28, level) }
            }
            ProtocolVersion::V2026_07_28 => Self { v2026_07_28: level, ..self },
            #[cfg(test)]
            ProtocolVersion::MadeUp => self,
        }
    }

    /// The level in a protocol version.
    pub const fn of(self, protocol_version: ProtocolVersion) -> Option<Level> {
        match protocol_version {
            ProtocolVersion::V2025_03_26 => self.v2025_03_26,
            ProtocolVersion::V2025_06_18 => self.v2025_06_18,
            ProtocolVersion::V2025_11_25 => self.v2025_11_25,
            ProtocolVersion::V2026_07_28 => self.v2026_07_28,
            #[cfg(test)]
            ProtocolVersion::MadeUp => self.v2026_07_28,
        }
    }
}
