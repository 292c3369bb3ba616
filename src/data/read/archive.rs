//! The World Bank's zip: the table, and metadata beside it.

use std::io::{Cursor, Read};
use std::path::Path;

use crate::data::DataError;

/// Most bytes of one unpacked file: a table of the World Bank has less than one megabyte.
const MOST: u64 = 256 << 20;

/// Name and bytes of the table, and the text of the metadata of countries where it is there.
pub(super) fn open(path: &Path, bytes: Vec<u8>) -> Result<(String, Vec<u8>, Option<String>), DataError> {
    let broken = |message: String| DataError::Archive { path: path.to_owned(), message };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    let names = archive.file_names().map(|name| name.map(std::borrow::Cow::into_owned));
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(|error| broken(error.to_string()))?;
    let is_csv =
        |name: &&String| std::path::Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let table = names.iter().filter(is_csv).find(|name| !name.contains("Metadata_"));
    let Some(table) = table else {
        let found = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        return Err(DataError::NoTable { path: path.to_owned(), found });
    };
    let countries = names.iter().filter(is_csv).find(|name| name.contains("Metadata_Country"));
    let mut unpack = |name: &str| -> Result<Vec<u8>, DataError> {
        let file = archive.by_name(name).map_err(|error| broken(error.to_string()))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
        Ok(bytes)
    };
    let bytes = unpack(table)?;
    let countries = countries.map(|name| unpack(name)).transpose()?;
    let countries = countries.and_then(|bytes| super::text::decode(path, &bytes).ok());
    Ok((table.clone(), bytes, countries))
}
