//! The body of a response, and what was read of it.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes from which on a body is read anew each time: what is read of it may take many times its room.
const MAX_KEPT: usize = 1 << 18;

/// The body of a response. It does not change once it was received, so that what is read of it is read once, however
/// many look at it.
#[derive(Default)]
pub struct Body {
    bytes: Vec<u8>,
    /// What was read, one of a type.
    readings: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Body {
    /// What `read` makes of the bytes, kept for the next time the same type is asked for. It has to depend on the bytes
    /// alone.
    pub fn reading<T: Any + Send + Sync>(&self, read: impl FnOnce(&[u8]) -> T) -> Arc<T> {
        let known = self.kept().iter().find_map(|reading| Arc::clone(reading).downcast::<T>().ok());
        known.unwrap_or_else(|| {
            // Not while the list is locked: what is read may rest on another reading.
            let reading = Arc::new(read(&self.bytes));
            if self.bytes.len() <= MAX_KEPT {
                self.kept().push(Arc::clone(&reading) as _);
            }
            reading
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Arc<dyn Any + Send + Sync>>> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, readings: Mutex::default() }
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl Clone for Body {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), readings: Mutex::new(self.kept().clone()) }
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Body {}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_body_is_read_once_for_each_type() {
        let body = Body::from("12");
        let times = Cell::new(0);
        let number = |bytes: &[u8]| {
            times.set(times.get() + 1);
            std::str::from_utf8(bytes).unwrap().parse::<u32>().unwrap()
        };
        assert_eq!((*body.reading(number), *body.reading(number)), (12, 12));
        assert_eq!(*body.clone().reading(number), 12);
        assert_eq!(*body.reading(<[u8]>::len), 2);
        assert_eq!(times.get(), 1);
        assert_eq!(body, Body::from("12"), "what was read makes no difference");
    }

    #[test]
    fn a_reading_may_rest_on_another_and_a_large_body_is_kept_alone() {
        let body = Body::from("abc");
        let length = |body: &Body| *body.reading(<[u8]>::len);
        assert!(*body.reading(|_| length(&body) > 2));
        let large = Body::from("a".repeat(MAX_KEPT + 1));
        assert_eq!(length(&large), MAX_KEPT + 1);
        assert!(large.kept().is_empty());
    }
}
