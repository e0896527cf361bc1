//! What is written of a job's errors for pages and for programs.

use insta::assert_snapshot;
use runner::report::{
    ErrorList, Format, Page, error_changes_csv, error_changes_json, errors_csv, errors_json, errors_text,
};

use super::{answers, whole};

#[test]
fn markdown_has_tables_and_blocks() {
    let list = ErrorList { most: Some(1), ..whole() };
    assert_snapshot!(errors_text(&answers(false), &list, Format::Md, Page::plain(60)), @r"
    # results/grid:seed=1

    test split: 7 sentences, 2 without an error (29 %)

    | type | entity_f1 | exact_f1 | partial_f1 | type_f1 | support |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | all types | 0.5217 | 0.6957 | 0.7826 | 0.6087 | 11 |
    | LOC | 0.6000 | 0.6000 | 0.6000 | 0.6000 | 4 |
    | ORG | 0.0000 | 0.0000 | 0.0000 | 0.0000 | 3 |
    | PER | 0.6667 | 0.6667 | 0.7778 | 0.8889 | 4 |

    | errors | meaning | entities |
    | --- | --- | ---: |
    | boundary | right type, other ends | 1 |
    | type | right ends, other type | 2 |
    | both | other ends and other type | 1 |
    | missed | in the gold alone | 1 |
    | spurious | in the answer alone | 2 |

    gold: 11 = 6 right + 1 boundary + 2 type + 1 both + 1 missed; false negatives: 5
    answers: 12 = 6 right + 1 boundary + 2 type + 1 both + 2 spurious; false positives: 6

    | gold \\ answer | LOC | ORG | PER | none |
    | --- | ---: | ---: | ---: | ---: |
    | LOC | 3 | · | · | 1 |
    | ORG | 3 | · | · | · |
    | PER | · | · | 4 | · |
    | none | · | 1 | 1 |  |

    ### errors that repeat

    ```text
        2  Madrid [ORG] as [LOC]
    ```

    ## sentences with an error: 1 of 5

    numbers are lines of predictions/seed=1.tags

    ### 1: boundary PER; spurious PER

    ```text
      words   Juan   Carlos  de     Borbón  visitó  Madrid
      gold    B-PER  I-PER   I-PER  I-PER   ·       B-LOC
      answer  B-PER  I-PER   ·      B-PER   ·       B-LOC
    ```

    4 more; -n 5 shows all
    ");
}

#[test]
fn csv_has_a_row_for_each_error() {
    assert_snapshot!(errors_csv(&answers(false), &whole()), @r"
    sentence,kind,gold_type,gold_start,gold_end,gold_text,answer_type,answer_start,answer_end,answer_text
    1,boundary,PER,0,4,Juan Carlos de Borbón,PER,0,2,Juan Carlos
    1,spurious,,,,,PER,3,4,Borbón
    3,type,ORG,0,1,Madrid,LOC,0,1,Madrid
    4,missed,LOC,2,3,Orléans,,,,
    4,spurious,,,,,ORG,3,4,🎉
    5,both,ORG,1,3,Real Madrid,LOC,2,3,Madrid
    6,type,ORG,0,1,Madrid,LOC,0,1,Madrid
    ");
    let unknown = errors_csv(&answers(false), &ErrorList { words: None, most: Some(1), ..whole() });
    assert_snapshot!(unknown, @r"
    sentence,kind,gold_type,gold_start,gold_end,gold_text,answer_type,answer_start,answer_end,answer_text
    1,boundary,PER,0,4,,PER,0,2,
    1,spurious,,,,,PER,3,4,
    ");
    assert_snapshot!(error_changes_csv(&answers(false), &answers(true), &whole()), @r"
    sentence,change,first_kind,second_kind,gold_type,gold_start,gold_end,gold_text,first_type,first_start,first_end,first_text,second_type,second_start,second_end,second_text
    3,fixed,type,right,ORG,0,1,Madrid,LOC,0,1,Madrid,ORG,0,1,Madrid
    3,broke,right,missed,LOC,3,4,Sevilla,LOC,3,4,Sevilla,,,,
    4,broke,right,missed,LOC,0,1,京都市,LOC,0,1,京都市,,,,
    4,fixed,missed,right,LOC,2,3,Orléans,,,,,LOC,2,3,Orléans
    4,fixed,spurious,,,,,,ORG,3,4,🎉,,,,
    5,fixed,both,right,ORG,1,3,Real Madrid,LOC,2,3,Madrid,ORG,1,3,Real Madrid
    6,changed,type,type,ORG,0,1,Madrid,LOC,0,1,Madrid,PER,0,1,Madrid
    7,broke,right,missed,PER,2,3,Eva,PER,2,3,Eva,,,,
    ");
}

#[test]
fn json_has_sentences_with_spans() {
    let found: serde_json::Value = serde_json::from_str(&errors_json(&answers(false), &whole())).expect("valid");
    assert_eq!(
        (&found["sentences"], &found["sentences_without_error"], &found["right"]),
        (&7.into(), &2.into(), &6.into())
    );
    assert_eq!(found["kinds"]["type"], 2);
    assert_eq!(found["scores"][0]["type"], serde_json::Value::Null);
    assert_snapshot!(found["errors"][3], @r#"{"answer":["O","O","B-LOC","O",null],"errors":[{"answer":{"end":3,"start":2,"type":"LOC"},"gold":{"end":3,"start":1,"type":"ORG"},"kind":"both"}],"gold":["O","B-ORG","I-ORG","O","O"],"sentence":5,"words":["el","Real","Madrid","de","siempre"]}"#);
    let text = error_changes_json(&answers(false), &answers(true), &whole());
    let found: serde_json::Value = serde_json::from_str(&text).expect("valid");
    assert_snapshot!(found["changes"][0], @r#"{"changes":[{"change":"fixed","first":{"answer":{"end":1,"start":0,"type":"LOC"},"gold":{"end":1,"start":0,"type":"ORG"},"kind":"type"},"second":{"answer":{"end":1,"start":0,"type":"ORG"},"gold":{"end":1,"start":0,"type":"ORG"},"kind":"right"}},{"change":"broke","first":{"answer":{"end":4,"start":3,"type":"LOC"},"gold":{"end":4,"start":3,"type":"LOC"},"kind":"right"},"second":{"answer":null,"gold":{"end":4,"start":3,"type":"LOC"},"kind":"missed"}}],"first":["B-LOC","O","O","B-LOC"],"gold":["B-ORG","O","O","B-LOC"],"second":["B-ORG","O","O",null],"sentence":3,"words":["Madrid","ganó","en","Sevilla"]}"#);
}
