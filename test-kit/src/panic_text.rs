//! What a panic said.

use std::any::Any;

/// The text of a panic that was caught.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&'static str>().copied());
    text.unwrap_or("(the panic carried no text)").to_owned()
}
