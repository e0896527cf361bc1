//! `--only`.

use super::*;

#[test]
fn a_selection_keeps_the_plans_order() {
    let plan = Files::new(&[("es_grid.toml", EXAMPLE)]).plan("es_grid.toml", &[]);
    let select = |text: &str| plan.select(&Only::new(text)).map_err(|problems| render(&problems, false, 100));
    assert_eq!(select("freeze=true,train_size=1000"), Ok(vec![2, 3]));
    assert_eq!(select("data.language=de , freeze=false"), Ok(vec![1, 5]));
    assert_eq!(select("train_size=all,train_size=3000"), Ok(vec![4, 5, 6]));
    assert_eq!(select(&plan.jobs[4].label), Ok(vec![4]));
}

#[test]
fn what_is_wrong_with_a_selection_lists_the_valid_names() {
    let plan = Files::new(&[("es_grid.toml", EXAMPLE)]).plan("es_grid.toml", &[]);
    let wrong = |text: &str| render(&plan.select(&Only::new(text)).expect_err("it is wrong"), false, 100);
    assert_snapshot!(wrong("freez=true,train_size=500,language"), @r#"
      × unknown axis `freez`
       ╭─[--only:1:1]
     1 │ freez=true,train_size=500,language
       · ──┬──
       ·   ╰── not an axis
       ╰────
      help: did you mean `freeze`? --only selects by: train_size, freeze, language, checkpoint

      × no job has `train_size=500`
       ╭─[--only:1:23]
     1 │ freez=true,train_size=500,language
       ·                       ─┬─
       ·                        ╰── no job has this value
       ╰────
      help: it is one of 1000, 3000, all

      × --only takes KEY=VALUE
       ╭─[--only:1:27]
     1 │ freez=true,train_size=500,language
       ·                           ────┬───
       ·                               ╰── no `=`
       ╰────
      help: --only selects by: train_size, freeze, language, checkpoint

    3 problems; nothing was started or written
    "#);
    let same = wrong("seed=1");
    assert!(same.contains("× `seed` is the same in every job"), "{same}");
    assert!(same.contains("help: --only selects by: train_size, freeze, language, checkpoint"), "{same}");
    assert_snapshot!(wrong("freeze=true,train_size=3000"), @r#"
      × no job has `freeze=true,train_size=3000`
       ╭─[--only:1:1]
     1 │ freeze=true,train_size=3000
       · ─────────────┬─────────────
       ·              ╰── no job has all of these
       ╰────
      help: the jobs are
            train_size=1000,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
            train_size=1000,freeze=false,language=de,checkpoint=google-bert/bert-base-german-cased
            train_size=1000,freeze=true,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
            train_size=1000,freeze=true,language=de,checkpoint=google-bert/bert-base-german-cased
            train_size=3000,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
            train_size=3000,freeze=false,language=de,checkpoint=google-bert/bert-base-german-cased
            train_size=all,freeze=false,language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased

    1 problem; nothing was started or written
    "#);
}
