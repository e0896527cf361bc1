//! The batch script of a submission, as text. A worker runs in it until nothing is left, and again where it was stopped or
//! killed. It must not call a program.

use std::path::Path;

use crate::spec::Cluster;

/// Restarts in a row without a step of progress after which a worker gives up.
pub const MOST_RESTARTS: usize = 3;

/// Seconds before the end of the time limit at which Slurm says so.
const NOTICE: u32 = 120;

/// What a batch script is written from.
#[derive(Debug, Clone)]
pub(super) struct Script<'a> {
    /// The submission's id.
    pub(super) id: &'a str,
    /// The experiment's name.
    pub(super) experiment: &'a str,
    /// The submission's folder, absolute.
    pub(super) folder: &'a Path,
    /// The working directory of `submit`: jobs that are checkpoints are named from there.
    pub(super) directory: &'a Path,
    /// Variables of `submit` that say where inputs are, with their values.
    pub(super) variables: &'a [(&'a str, String)],
    /// What the scheduler is asked for.
    pub(super) cluster: &'a Cluster,
    /// Options of sbatch from the command line, which win.
    pub(super) options: &'a [String],
}

impl Script<'_> {
    /// The text.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("#!/bin/bash\n");
        for line in self.directives() {
            text += &format!("#SBATCH {line}\n");
        }
        text += &format!("# A worker of the experiment {}, written by `runner submit`.\n", self.experiment);
        text += &format!("cd {} || exit 3\n", quoted(&self.directory.to_string_lossy()));
        for (name, value) in self.variables {
            text += &format!("export {name}={}\n", quoted(value));
        }
        if !self.cluster.modules.is_empty() {
            text += "type module >/dev/null 2>&1 || . /etc/profile\n";
        }
        for module in &self.cluster.modules {
            text += &format!("module load {} || exit 3\n", quoted(module));
        }
        for line in &self.cluster.setup {
            text += &format!("{line}\n");
        }
        text += &format!("set -u\nfolder={}\n", quoted(&self.folder.to_string_lossy()));
        text += &format!("output={}\n", quoted(&log_pattern(self.folder, "%j")));
        text += &BODY.replace("MOST_RESTARTS", &MOST_RESTARTS.to_string());
        text
    }

    /// The options of sbatch in the script; one that the command line gives is left out of the others.
    fn directives(&self) -> Vec<String> {
        let own = [
            ("job-name", 'J', Some(job_name(self.id))),
            ("output", 'o', Some(log_pattern(self.folder, "%A_%a"))),
            ("open-mode", '\0', Some("append".to_owned())),
            ("signal", '\0', Some(format!("B:USR1@{NOTICE}"))),
        ];
        let Cluster { partition, account, qos, time, gres, constraint, cpus, memory, options, .. } = self.cluster;
        let asked = [
            ("partition", 'p', partition.clone()),
            ("account", 'A', account.clone()),
            ("qos", 'q', qos.clone()),
            ("time", 't', time.clone()),
            ("gres", '\0', gres.clone()),
            ("constraint", 'C', constraint.clone()),
            ("cpus-per-task", 'c', cpus.map(|cpus| cpus.to_string())),
            ("mem", '\0', memory.clone()),
        ];
        let given = |long: &str, short: char| self.options.iter().any(|option| sets(option, long, short));
        let line = |(long, _, value): (&str, char, Option<String>)| Some(format!("--{long}={}", word(&value?)));
        let mut lines: Vec<String> = own.into_iter().filter_map(line).collect();
        lines.push("--requeue".to_owned());
        lines.extend(asked.into_iter().filter(|(long, short, _)| !given(long, *short)).filter_map(line));
        lines.extend(options.iter().map(|option| word(option)));
        if !self.options.is_empty() {
            // in one line: an option and its value may be two words
            lines.push(self.options.iter().map(|option| word(option)).collect::<Vec<_>>().join(" "));
        }
        lines
    }
}

/// The name of a submission's jobs in Slurm.
pub fn job_name(id: &str) -> String {
    format!("runner-{id}")
}

/// Where the jobs of a submission write what they say. `task`: Slurm's pattern for a job's id.
pub(super) fn log_pattern(folder: &Path, task: &str) -> String {
    format!("{}/logs/{task}.txt", folder.to_string_lossy().replace('%', "%%"))
}

/// Whether an argument sets an option of sbatch.
fn sets(argument: &str, long: &str, short: char) -> bool {
    let name = argument.split('=').next().unwrap_or(argument);
    let is_short = short != '\0' && argument.starts_with(&format!("-{short}"));
    let is_memory = long == "mem" && name.starts_with("--mem");
    name.strip_prefix("--") == Some(long) || is_short || is_memory
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as one word of an `#SBATCH` line, whose quotes are not the shell's: in double quotes, a backslash before what
/// would end them.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=.,:/%@+*[]|&!()~".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// From the start of the worker on. It knows `folder` and `output`.
const BODY: &str = r#"
task=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-$(uname -n)-$$}}
[ -z "${SLURM_ARRAY_TASK_ID:-}" ] || task=${task}_$SLURM_ARRAY_TASK_ID
# restarts in a row without progress; the worker removes the file when it moved a step
export RUNNER_RESTARTS=$folder/restarts/$task
# a job that submitted itself again passes its count on
if [ -n "${RUNNER_RESTARTED:-}" ]; then
    echo "$RUNNER_RESTARTED" >"$RUNNER_RESTARTS"
    unset RUNNER_RESTARTED
fi

say() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$1"; }

# bash handles a signal only when `wait` returns, so the worker runs in the background; it hears the first signal
worker='' asked='' heard='' sent=''
deliver() {
    if [ -n "$worker" ] && [ -n "$asked" ] && [ -z "$sent" ]; then
        sent=$asked
        kill -s "$asked" "$worker" 2>/dev/null
    fi
}
forward() {
    asked=$1 heard=$1
    deliver
}
trap 'forward USR1' USR1
trap 'forward TERM' TERM

work() {
    "$folder/runner" work "$folder" &
    worker=$!
    heard=''
    deliver
    wait "$worker"
    status=$?
    # a signal ends `wait`, not the worker; 127: it had ended, and the status is known
    while [ -n "$heard" ]; do
        heard=''
        wait "$worker"
        again=$?
        [ "$again" -eq 127 ] || status=$again
    done
    worker=''
}

may_restart() {
    count=0
    [ ! -s "$RUNNER_RESTARTS" ] || read -r count <"$RUNNER_RESTARTS"
    case $count in '' | *[!0-9]*) count=0 ;; esac
    if [ "$count" -ge MOST_RESTARTS ]; then
        say "stopped: MOST_RESTARTS restarts in a row without a step of progress; see the lines above, then submit again"
        return 1
    fi
    echo $((count + 1)) >"$RUNNER_RESTARTS"
}

# Whether Slurm is ending the job for good. It would start a canceled one again if asked.
is_canceled() {
    [ -e "$folder/stop" ] && return 0
    case $(scontrol -o show job "$task" 2>/dev/null) in
    *JobState=CANCELLED*) return 0 ;;
    *JobState=COMPLETING*) [ "$asked" = TERM ] && return 0 ;;
    esac
    return 1
}

resubmit() {
    command -v sbatch >/dev/null 2>&1 || return 1
    said=$(
        for name in ${!SLURM_@}; do [ "$name" = SLURM_CONF ] || unset "$name"; done
        RUNNER_RESTARTED=$((count + 1)) sbatch --parsable --output="$output" "$folder/job.sh" 2>&1
    )
    case $said in [0-9]*) ;; *) say "sbatch: $said" && return 1 ;; esac
    : >"$folder/resubmitted/${said%%[!0-9]*}"
    say "submitted again as ${said%%[!0-9]*}"
}

# Slurm runs this task again: the task alone, since the plain id would be the whole array.
go_on_elsewhere() {
    if [ -z "${SLURM_JOB_ID:-}" ]; then
        say "stopped before its end; start this script again to go on"
        return
    fi
    if is_canceled; then
        say "ended by Slurm: canceled, or preempted without a requeue; \`runner submit\` goes on"
        return
    fi
    may_restart || return
    if command -v scontrol >/dev/null 2>&1; then
        for pause in 5 10 20 0; do
            said=$(scontrol requeue "$task" 2>&1) && say "requeued as $task" && return
            say "scontrol requeue $task: $said"
            # a controller that is away for a while
            case $said in *ontact* | *imed\ out* | *onnect*) sleep "$pause" ;; *) break ;; esac
        done
        # of another error, Slurm may have requeued it by itself
        case $said in
        *disabled* | *ermission* | *denied*) ;;
        *) say "if Slurm does not requeue it, \`runner submit\` resumes" && return ;;
        esac
    fi
    resubmit || say "cannot go on by itself: run \`runner submit\` again"
}

tries=0
while :; do
    work
    case $status in
    75) go_on_elsewhere ;;
    *)
        if [ "$status" -ge 128 ] && [ -n "$asked" ]; then
            # it did not end in time
            go_on_elsewhere
        elif [ "$status" -ge 128 ] && [ "$tries" -lt MOST_RESTARTS ] && [ ! -e "$folder/stop" ] && may_restart; then
            tries=$((tries + 1))
            say "the worker was killed (exit status $status); starting it again"
            continue
        fi
        ;;
    esac
    exit "$status"
done
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cluster: &Cluster, options: &[&str]) -> String {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let variables = [("HF_HUB_CACHE", "/home/ana/it's mine".to_owned())];
        let (folder, directory) =
            (Path::new("/work/a \"b\" c's 100%/.run/submit/1"), Path::new("/work/a \"b\" c's 100%"));
        let (id, experiment, options) = ("20261128-223015-3f2a", "es_grid", options.as_slice());
        let text = Script { id, experiment, folder, directory, variables: &variables, cluster, options }.text();
        text.split(BODY.lines().nth(1).expect("it has lines")).next().unwrap_or_default().trim_end().to_owned()
    }

    #[test]
    fn what_the_scheduler_is_asked_for_stands_at_its_head() {
        let cluster = Cluster {
            partition: Some("gpu,preempt".to_owned()),
            time: Some("4:00:00".to_owned()),
            constraint: Some("a100|h100".to_owned()),
            cpus: Some(8),
            memory: Some("16G".to_owned()),
            modules: vec!["cuda/12.4".to_owned()],
            setup: vec!["export OMP_NUM_THREADS=1".to_owned()],
            options: vec!["--comment=one \"two\"".to_owned()],
            ..Cluster::default()
        };
        insta::assert_snapshot!(text(&cluster, &[]), @r#"
        #!/bin/bash
        #SBATCH --job-name=runner-20261128-223015-3f2a
        #SBATCH --output="/work/a \"b\" c's 100%%/.run/submit/1/logs/%A_%a.txt"
        #SBATCH --open-mode=append
        #SBATCH --signal=B:USR1@120
        #SBATCH --requeue
        #SBATCH --partition=gpu,preempt
        #SBATCH --time=4:00:00
        #SBATCH --constraint=a100|h100
        #SBATCH --cpus-per-task=8
        #SBATCH --mem=16G
        #SBATCH "--comment=one \"two\""
        # A worker of the experiment es_grid, written by `runner submit`.
        cd '/work/a "b" c'\''s 100%' || exit 3
        export HF_HUB_CACHE='/home/ana/it'\''s mine'
        type module >/dev/null 2>&1 || . /etc/profile
        module load 'cuda/12.4' || exit 3
        export OMP_NUM_THREADS=1
        set -u
        folder='/work/a "b" c'\''s 100%/.run/submit/1'
        output='/work/a "b" c'\''s 100%%/.run/submit/1/logs/%j.txt'
        "#);
    }

    #[test]
    fn options_of_the_command_line_replace_those_of_the_files() {
        let cluster = Cluster {
            partition: Some("gpu".to_owned()),
            account: Some("nlp".to_owned()),
            memory: Some("16G".to_owned()),
            ..Cluster::default()
        };
        let text = text(&cluster, &["-p", "cpu", "--mem-per-cpu=2G", "--mail-user=ana@x.org"]);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("#SBATCH")).skip(5).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        #SBATCH --account=nlp
        #SBATCH -p cpu --mem-per-cpu=2G --mail-user=ana@x.org
        ");
    }
}
