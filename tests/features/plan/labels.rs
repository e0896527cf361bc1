//! Labels of jobs.

use super::*;

#[test]
fn equal_last_parts_are_dotted_in_labels() {
    let files = with_matrix("[matrix]\ndata.revision = [\"a\"]\nmodel.revision = [\"b\"]\ntrain.seed = [1]\n");
    assert_snapshot!(labels(&files.plan("grid.toml", &[])), @"data.revision=a,model.revision=b,seed=1");
}

#[test]
fn folders_are_labeled_by_the_parts_that_tell_them_apart() {
    let files = with_matrix("[matrix]\ndata.dataset = [\"./a/conll\", \"../b/conll\", \"builtin:es\"]\n");
    assert_snapshot!(labels(&files.plan("grid.toml", &[])), @r#"
    dataset=./a/conll
    dataset=./b/conll
    dataset=builtin:es
    "#);
}

#[test]
fn labels_that_would_be_equal_are_refused() {
    let files = with_matrix(
        "[matrix]\ndata.language = [\"a,revision=b\", \"a\"]\n[[matrix.include]]\ndata.language = \"a\"\ndata.revision = \"b\"\n",
    );
    let problems = Plan::expand(files.load("grid.toml", &[])).expect_err("two labels are equal");
    assert_snapshot!(problems.to_string().rsplit('/').next().unwrap_or_default(), @"grid.toml:25: two jobs have the label language=a,revision=b");
}
