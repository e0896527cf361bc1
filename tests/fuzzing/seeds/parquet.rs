//! Parquet files of a few rows, in every compression and both versions of pages.

use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const FEATURES: &str = r#"{"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"}, "_type": "List"}}}}"#;

/// Levels of three rows, of two, none and one value, under an optional list of optional elements.
const LEVELS: ([i16; 4], [i16; 4]) = ([3, 3, 1, 3], [0, 1, 0, 0]);

pub(super) fn files() -> Vec<Vec<u8>> {
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
    ];
    let versions = [(WriterVersion::PARQUET_1_0, true), (WriterVersion::PARQUET_2_0, false)];
    let mut files = Vec::new();
    for compression in compressions {
        for (version, numbers) in versions {
            let properties = WriterProperties::builder()
                .set_compression(compression)
                .set_writer_version(version)
                .set_dictionary_enabled(numbers || compression == Compression::SNAPPY)
                .set_key_value_metadata(Some(vec![KeyValue::new("huggingface".to_owned(), FEATURES.to_owned())]));
            files.push(file(properties.build(), numbers));
        }
    }
    files
}

fn file(properties: WriterProperties, numbers: bool) -> Vec<u8> {
    let tag = if numbers { "int64" } else { "binary" };
    let schema = format!(
        "message m {{ optional group tokens (LIST) {{ repeated group list {{ optional binary element (UTF8); }} }}
           optional group ner_tags (LIST) {{ repeated group list {{ optional {tag} element; }} }} }}"
    );
    let schema = Arc::new(parse_message_type(&schema).expect("a schema"));
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).expect("a writer");
    let (definitions, repetitions) = (Some(&LEVELS.0[..]), Some(&LEVELS.1[..]));
    let texts = |texts: [&str; 3]| texts.map(ByteArray::from);
    // two groups of rows
    for _ in 0..2 {
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("a column").expect("the words");
        let words = texts(["Ana", "L\u{f3}pez", "lee"]);
        column.typed::<ByteArrayType>().write_batch(&words, definitions, repetitions).expect("written");
        column.close().expect("closed");
        let mut column = group.next_column().expect("a column").expect("the tags");
        if numbers {
            column.typed::<Int64Type>().write_batch(&[1, 2, 0], definitions, repetitions).expect("written");
        } else {
            let tags = texts(["B-PER", "I-PER", "O"]);
            column.typed::<ByteArrayType>().write_batch(&tags, definitions, repetitions).expect("written");
        }
        column.close().expect("closed");
        group.close().expect("closed");
    }
    writer.close().expect("closed");
    bytes
}
