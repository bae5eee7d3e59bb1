use std::{borrow::Cow, sync::Arc};

use opentelemetry::{Array, StringValue, Value};

/// The value of an attribute that has no setter of its own: text, a boolean, a number, or a list of one of them.
///
/// An integer that OpenTelemetry cannot hold (above [`i64::MAX`]) becomes text.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeValue(Value);

impl From<AttributeValue> for Value {
    fn from(value: AttributeValue) -> Self {
        value.0
    }
}

impl From<Value> for AttributeValue {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Cow<'_, str>> for AttributeValue {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.into_owned())
    }
}

macro_rules! from_same {
    ($($scalar:ty),+) => {
        $(impl From<$scalar> for AttributeValue {
            fn from(scalar: $scalar) -> Self {
                Self(Value::from(scalar))
            }
        })+
    };
}
from_same!(bool, f64, i64, String, Arc<str>);

macro_rules! from_smaller {
    ($($scalar:ty => $larger:ty),+) => {
        $(impl From<$scalar> for AttributeValue {
            fn from(scalar: $scalar) -> Self {
                Self(Value::from(<$larger>::from(scalar)))
            }
        })+
    };
}
from_smaller!(f32 => f64, i8 => i64, i16 => i64, i32 => i64, u8 => i64, u16 => i64, u32 => i64);

macro_rules! from_larger {
    ($($integer:ty),+) => {
        $(impl From<$integer> for AttributeValue {
            fn from(integer: $integer) -> Self {
                Self(i64::try_from(integer).map_or_else(|_| Value::from(integer.to_string()), Value::I64))
            }
        })+
    };
}
from_larger!(i128, isize, u64, u128, usize);

macro_rules! from_list {
    ($($item:ty => $variant:ident($convert:expr)),+) => {
        $(
            impl From<Vec<$item>> for AttributeValue {
                fn from(items: Vec<$item>) -> Self {
                    Self(Value::Array(Array::$variant(items.into_iter().map($convert).collect())))
                }
            }

            impl<const N: usize> From<[$item; N]> for AttributeValue {
                fn from(items: [$item; N]) -> Self {
                    Self(Value::Array(Array::$variant(items.into_iter().map($convert).collect())))
                }
            }

            impl From<&[$item]> for AttributeValue {
                fn from(items: &[$item]) -> Self {
                    Self(Value::Array(Array::$variant(items.iter().cloned().map($convert).collect())))
                }
            }
        )+
    };
}
from_list!(
    bool => Bool(|item| item),
    f32 => F64(f64::from),
    f64 => F64(|item| item),
    i32 => I64(i64::from),
    i64 => I64(|item| item),
    u32 => I64(i64::from),
    String => String(StringValue::from),
    &str => String(|item: &str| StringValue::from(item.to_owned()))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_integers_as_far_as_they_fit() {
        assert_eq!(AttributeValue::from(7_u64), AttributeValue(Value::I64(7)));
        assert_eq!(AttributeValue::from(u64::MAX), AttributeValue(Value::from("18446744073709551615")));
        assert_eq!(AttributeValue::from(-1), AttributeValue(Value::I64(-1)));
    }

    #[test]
    fn lists_keep_their_type() {
        let tags = Value::Array(Array::String(vec!["a".into(), "b".into()]));
        assert_eq!(AttributeValue::from(["a", "b"]), AttributeValue(tags));
        assert_eq!(AttributeValue::from(vec![0.5_f32]), AttributeValue(Value::Array(Array::F64(vec![0.5]))));
    }
}
