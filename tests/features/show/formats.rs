//! Tables for papers and for programs.

use super::*;

#[test]
fn markdown_and_latex_mark_the_best_and_carry_the_notes() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let line = "show grid --rows train_size --columns freeze --value entity_f1 --format";
    insta::assert_snapshot!(answer(&workshop, &format!("{line} md")), @r"
    grid: test_entity_f1 by train_size (rows) and freeze (columns)

    | train_size | freeze=false | freeze=true |
    | --- | ---: | ---: |
    | 1000 | 0.6362 ±0.0158 | 0.0524 ±0.0180 |
    | 3000 | **0.7554 ±0.0033** | 0.0610 ±0.0076 |

    ±: 95 % interval of the mean over seeds\
    bold: beyond seed noise of every other setting (paired t, 5 %, Holm over 2 columns)\
    freeze=true: the best, 0.0610, is within seed noise of 1 other\
    best: train_size=3000; within seed noise of it: train_size=1000\
    Environment: cpu, fp32.
    ");
    insta::assert_snapshot!(answer(&workshop, &format!("{line} latex")), @r"
    % grid: test_entity_f1 by train_size (rows) and freeze (columns)
    \begin{tabular}{lrr}
    \toprule
    train\_size & freeze=false & freeze=true \\
    \midrule
    1000 & 0.6362 $\pm$0.0158 & 0.0524 $\pm$0.0180 \\
    3000 & \textbf{0.7554 $\pm$0.0033} & 0.0610 $\pm$0.0076 \\
    \bottomrule
    \end{tabular}
    % ±: 95 % interval of the mean over seeds
    % bold: beyond seed noise of every other setting (paired t, 5 %, Holm over 2 columns)
    % freeze=true: the best, 0.0610, is within seed noise of 1 other
    % best: train_size=3000; within seed noise of it: train_size=1000
    % Environment: cpu, fp32.
    ");
}

#[test]
fn csv_and_json_have_every_number_and_score() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let csv = answer(&workshop, "show grid --format csv");
    let lines: Vec<&str> = csv.lines().filter(|line| !line.contains(",true,")).collect();
    insta::assert_snapshot!(lines[..2].join("\n"), @r"
    experiment,set,dataset,language,checkpoint,train_size,test_size,freeze,epochs,batch_size,learning_rate,metric,n,failed,mean,sd,ci_low,ci_high,collapsed,sd_seed,sd_data,sentence_low,sentence_high,p,p_holm,p_group,p_group_holm,is_best
    grid,own test,org/corpus,es,org/bert,1000,2000,false,3,8,,test_entity_f1,5,0,0.6362,0.012578,0.620444,0.651669,0,,,,,0.0000549573,0.0000549573,,,false
    ");
    let best = csv.lines().filter(|line| line.ends_with(",true")).collect::<Vec<_>>();
    assert_eq!(best.len(), 1, "{csv}");
    assert!(best[0].contains(",3000,") && best[0].contains(",test_entity_f1,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&answer(&workshop, "show grid --format json")).unwrap();
    let rows = json.as_array().unwrap();
    assert_eq!(rows.len(), csv.lines().count() - 1);
    assert_eq!((&rows[0]["n"], &rows[0]["mean"]), (&5.into(), &0.6362.into()));
}

#[test]
fn equal_folders_give_equal_bytes() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "here/grid");
    grid().write(&workshop, "there/deeper/grid");
    for format in ["text", "md", "latex", "csv", "json"] {
        let text = |folder: &str| answer(&workshop, &format!("show {folder} --format {format}"));
        let absolute = workshop.path("here/grid");
        assert_eq!(text("here/grid"), text("there/deeper/grid"), "{format}");
        assert_eq!(text("here/grid"), text(absolute.to_str().unwrap()), "{format}");
    }
}
