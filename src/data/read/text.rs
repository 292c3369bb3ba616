//! From bytes to text.

use std::path::Path;

use crate::data::DataError;

/// The text of a file in UTF-8, without its byte order mark.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<String, DataError> {
    let wrong = |line, found| DataError::Encoding { path: path.to_owned(), line, found };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(wrong(1, "UTF-16"));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(wrong(line_of(bytes, at), "not text (it holds zero bytes)"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(wrong(line_of(bytes, error.valid_up_to()), "in another encoding, such as Windows-1252")),
    }
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count()
}
