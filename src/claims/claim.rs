//! Claims: files that one process creates and no other can. `claims/NAME.ATTEMPT` says who has `NAME`; its owner adds a line
//! when it is done or gives it back. Another takes it over as the next attempt once the owner gave it back or is dead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::beacon::{Beacon, BeaconHandle, Beating};
use super::identity::Identity;
use super::liveness::{HasLeft, LATE, Life, SILENT, life};
use crate::files;

/// What is known of a worker is not asked again for so long.
const ASK_EVERY: Duration = Duration::from_secs(5);

const DONE: &str = "done";
const RELEASED: &str = "released";

/// The first line of a claim.
#[derive(Debug, Serialize, Deserialize)]
struct Owner {
    worker: String,
    /// Workers before it that were lost with this name, one after the other.
    #[serde(default)]
    lost: u32,
}

/// A name that this process has.
#[derive(Debug)]
pub struct Claim {
    name: String,
    path: PathBuf,
    /// Workers before this one that were lost with it, one after the other.
    pub lost: u32,
}

/// What came of taking a name.
#[derive(Debug)]
pub enum Taking {
    /// This process has it now.
    Taken(Claim),
    /// This worker has it.
    Held(String),
    /// This worker was done with it.
    Done(String),
}

/// What a claim file says.
enum Found {
    Done(String),
    Released,
    /// By its owner, who is missing where the file has no whole first line yet.
    Held(Option<Owner>, SystemTime),
}

/// This process among the workers of a folder: its beacon, and what it claims.
pub struct Claims {
    shared: PathBuf,
    beating: Beating,
    has_left: Box<dyn Fn(&Identity) -> bool + Send + Sync>,
    /// The last known attempt of each name.
    attempts: BTreeMap<String, u32>,
    /// What this process has.
    held: BTreeSet<String>,
    /// What was last known of other workers, and when.
    lives: BTreeMap<String, (Instant, Life)>,
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claims").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Claims {
    /// Joins the workers of the folder `shared`. `has_left`: whether the scheduler says that a worker's task runs no more.
    ///
    /// # Errors
    /// What the system says.
    pub fn join(
        shared: &Path,
        beacon: Beacon,
        has_left: Box<dyn Fn(&Identity) -> bool + Send + Sync>,
    ) -> io::Result<Self> {
        for folder in ["workers", "claims"] {
            files::create_folder(&shared.join(folder))?;
        }
        let beating = files::persistently(|| Beating::start(shared, beacon.clone()))?;
        let (attempts, held, lives) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Ok(Self { shared: shared.to_owned(), beating, has_left, attempts, held, lives })
    }

    /// This worker's name.
    pub fn worker(&self) -> String {
        self.beating.beacon().identity.worker
    }

    /// This worker's beacon.
    pub fn beacon(&self) -> BeaconHandle {
        self.beating.handle()
    }

    /// Takes `name`, unless another worker has it or was done with it.
    ///
    /// # Errors
    /// What the system says.
    pub fn take(&mut self, name: &str) -> io::Result<Taking> {
        let (mut attempt, mut lost) = (self.attempts.get(name).copied().unwrap_or(1), 0);
        loop {
            let path = self.path(name, attempt);
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    self.attempts.insert(name.to_owned(), attempt);
                    self.sign(file, lost)?;
                    self.held.insert(name.to_owned());
                    return Ok(Taking::Taken(Claim { name: name.to_owned(), path, lost }));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            // a name that was given back again and again, as that of the tables, has many attempts
            attempt = attempt.max(self.last_attempt(name)?);
            match self.read(&self.path(name, attempt))? {
                Found::Done(worker) => return Ok(Taking::Done(worker)),
                Found::Released => lost = 0,
                // it could not be given back
                Found::Held(Some(owner), _) if owner.worker == self.worker() && !self.held.contains(name) => lost = 0,
                Found::Held(owner, since) => {
                    let worker = owner.as_ref().map(|owner| owner.worker.as_str());
                    if !self.life_of(worker, since).is_over() {
                        self.attempts.insert(name.to_owned(), attempt);
                        return Ok(Taking::Held(worker.unwrap_or_default().to_owned()));
                    }
                    lost = owner.map_or(0, |owner| owner.lost) + 1;
                }
            }
            attempt += 1;
        }
    }

    /// Takes a name whose owner was done with it: what it did is nowhere to be found.
    ///
    /// # Errors
    /// What the system says.
    pub fn take_again(&mut self, name: &str) -> io::Result<Taking> {
        let next = self.last_attempt(name)? + 1;
        self.attempts.insert(name.to_owned(), next);
        self.take(name)
    }

    /// Gives a name back, so that anyone may take it.
    pub fn release(&mut self, claim: Claim) {
        self.held.remove(&claim.name);
        // one that cannot be given back is free when this worker ends
        let _ = self.add(&claim, RELEASED);
    }

    /// Says that this worker is done with a name. Nobody takes it any more.
    pub fn finish(&mut self, claim: Claim) {
        self.held.remove(&claim.name);
        // else it is taken over when this worker ends, and its result found
        let _ = self.add(&claim, DONE);
    }

    /// What is known of another worker, asked at most every few seconds.
    pub fn life(&mut self, worker: &str) -> Life {
        self.life_of(Some(worker), SystemTime::UNIX_EPOCH)
    }

    fn path(&self, name: &str, attempt: u32) -> PathBuf {
        self.shared.join("claims").join(format!("{name}.{attempt}"))
    }

    fn sign(&self, mut file: File, lost: u32) -> io::Result<()> {
        let mut text = serde_json::to_string(&Owner { worker: self.worker(), lost }).map_err(io::Error::other)?;
        text.push('\n');
        file.write_all(text.as_bytes())?;
        files::persistently(|| file.sync_data())
    }

    fn add(&self, claim: &Claim, word: &str) -> io::Result<()> {
        files::persistently(|| {
            let mut file = File::options().append(true).open(&claim.path)?;
            writeln!(file, "{word}")?;
            file.sync_data()
        })
    }

    fn read(&self, path: &Path) -> io::Result<Found> {
        let mut file = match File::open(path) {
            // the client remembers that there was none: it belongs to someone
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Found::Held(None, SystemTime::now()));
            }
            opened => opened?,
        };
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let owner = lines.next().and_then(|line| serde_json::from_str::<Owner>(line).ok());
        let Some(owner) = owner else { return Ok(Found::Held(None, file.metadata()?.modified()?)) };
        match lines.next_back() {
            Some(DONE) => Ok(Found::Done(owner.worker)),
            Some(RELEASED) => Ok(Found::Released),
            _ => Ok(Found::Held(Some(owner), file.metadata()?.modified()?)),
        }
    }

    /// The last attempt that exists, at least 1: they follow one another without a gap.
    fn last_attempt(&self, name: &str) -> io::Result<u32> {
        let exists = |attempt: u32| files::is_there(&self.path(name, attempt));
        let mut known = self.attempts.get(name).copied().unwrap_or(1);
        let mut step = 1;
        while exists(known.saturating_add(step))? {
            known += step;
            step *= 2;
        }
        while step > 0 {
            if exists(known + step)? {
                known += step;
            }
            step /= 2;
        }
        Ok(known)
    }

    /// Whether the owner of a claim lives that was written at `since`. Of one without a name or a beacon only the claim's age
    /// tells.
    fn life_of(&mut self, worker: Option<&str>, since: SystemTime) -> Life {
        let Some(worker) = worker else { return self.by_age(since, LATE) };
        if worker == self.worker() {
            return Life::Lives;
        }
        if let Some((when, life)) = self.lives.get(worker)
            && (life.is_over() || when.elapsed() < ASK_EVERY)
        {
            return *life;
        }
        let known = match Beacon::read(&self.shared, worker) {
            Ok(Some((beacon, beat))) => {
                let has_left: HasLeft<'_> = &*self.has_left;
                self.beating.beat().map_or(Life::Lives, |now| life(&beacon, beat, now, has_left))
            }
            Ok(None) if since > SystemTime::UNIX_EPOCH => self.by_age(since, SILENT),
            // it cannot be asked after now
            Ok(None) | Err(_) => Life::Late,
        };
        self.lives.insert(worker.to_owned(), (Instant::now(), known));
        known
    }

    /// Of a worker of which nothing is known but since when it has something.
    fn by_age(&self, since: SystemTime, most: Duration) -> Life {
        let silent = self.beating.beat().ok().and_then(|now| now.duration_since(since).ok()).unwrap_or_default();
        if silent >= most { Life::Lost } else { Life::Late }
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.beacon().show(|beacon| {
            beacon.running.clear();
            beacon.ended.get_or_insert_with(|| "ended".to_owned());
        });
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A worker in a thread of this process, which the system cannot tell from the others.
    fn join(shared: &Path, has_left: bool) -> Claims {
        let identity = Identity { started: None, ..Identity::of_this_process() };
        let beacon = Beacon {
            identity,
            environment: "cpu".to_owned(),
            definition: BTreeMap::new(),
            submission: None,
            running: Vec::new(),
            entered: 0,
            steps: 0,
            ended: None,
            beat: 0,
        };
        Claims::join(shared, beacon, Box::new(move |_| has_left)).unwrap()
    }

    fn taken(taking: io::Result<Taking>) -> Claim {
        match taking.unwrap() {
            Taking::Taken(claim) => claim,
            other => panic!("{other:?}"),
        }
    }

    /// As if the file had been written so long ago.
    fn age(path: &Path, by: Duration) {
        File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - by).unwrap();
    }

    /// The worker dies: its beacon stays as it is.
    fn die(claims: Claims) -> String {
        let name = claims.worker();
        let path = Beacon::path(&claims.shared, &name);
        let last = fs::read(&path).unwrap();
        drop(claims);
        fs::write(path, last).unwrap();
        name
    }

    #[test]
    fn one_worker_has_a_name_until_it_gives_it_back_or_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let [mut one, mut other] = [(); 2].map(|()| join(folder.path(), false));
        let claim = taken(one.take("a"));
        assert!(matches!(other.take("a").unwrap(), Taking::Held(owner) if owner == one.worker()));
        one.release(claim);
        let claim = taken(other.take("a"));
        assert_eq!(claim.lost, 0, "it was given back");
        other.finish(claim);
        for claims in [&mut one, &mut other] {
            assert!(matches!(claims.take("a").unwrap(), Taking::Done(_)));
        }
        let again = taken(one.take_again("a"));
        assert!(matches!(other.take("a").unwrap(), Taking::Held(_)), "{again:?}");
    }

    #[test]
    fn what_a_worker_had_is_taken_over_once_it_ended_or_was_silent_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let mut heir = join(folder.path(), false);
        let mut ends = join(folder.path(), false);
        let _kept = taken(ends.take("a"));
        drop(ends);
        assert_eq!(taken(heir.take("a")).lost, 1);
        let mut dies = join(folder.path(), false);
        let _kept = taken(dies.take("b"));
        let dead = Beacon::path(folder.path(), &die(dies));
        age(&dead, SILENT / 2);
        assert!(matches!(heir.take("b").unwrap(), Taking::Held(_)), "it may be late");
        age(&dead, SILENT + BEAT_AND_MORE);
        heir.lives.clear();
        assert_eq!(taken(heir.take("b")).lost, 1);
    }

    #[test]
    fn workers_lost_one_after_the_other_are_counted_by_whoever_comes_next() {
        let folder = tempfile::tempdir().unwrap();
        for lost in 0..3 {
            // each knows of the others what the files say
            let mut next = join(folder.path(), false);
            assert_eq!(taken(next.take("a")).lost, lost);
        }
        let mut next = join(folder.path(), false);
        let claim = taken(next.take("a"));
        next.release(claim);
        assert_eq!(taken(join(folder.path(), false).take("a")).lost, 0, "it was given back");
    }

    #[test]
    fn a_claim_that_its_owner_could_not_give_back_is_free_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut claims = join(folder.path(), false);
        let claim = taken(claims.take("a"));
        assert!(matches!(claims.take("a").unwrap(), Taking::Held(_)), "it has it");
        let path = claim.path.clone();
        let signed = fs::read(&path).unwrap();
        claims.release(claim);
        fs::write(&path, signed).unwrap();
        taken(claims.take("a"));
    }

    const BEAT_AND_MORE: Duration = Duration::from_secs(30);

    #[test]
    fn the_scheduler_is_asked_about_a_late_worker_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut heir = join(folder.path(), true);
        let mut late = join(folder.path(), false);
        let _kept = taken(late.take("a"));
        let beacon = Beacon::path(folder.path(), &die(late));
        assert!(matches!(heir.take("a").unwrap(), Taking::Held(_)));
        age(&beacon, Duration::from_secs(100));
        heir.lives.clear();
        taken(heir.take("a"));
    }

    #[test]
    fn a_claim_without_a_whole_line_or_a_beacon_is_judged_by_its_own_age() {
        let folder = tempfile::tempdir().unwrap();
        let mut claims = join(folder.path(), false);
        let nobody = r#"{"worker":"nobody"}"#.to_owned() + "\n";
        let unsigned = [("a", ""), ("b", r#"{"worker":"x"#)].map(|(name, content)| (name, content, LATE));
        for (name, content, most) in unsigned.into_iter().chain([("c", &*nobody, SILENT)]) {
            let path = claims.path(name, 1);
            fs::write(&path, content).unwrap();
            assert!(matches!(claims.take(name).unwrap(), Taking::Held(_)), "{name}");
            age(&path, most / 2);
            claims.lives.clear();
            assert!(matches!(claims.take(name).unwrap(), Taking::Held(_)), "{name}");
            age(&path, most + BEAT_AND_MORE);
            claims.lives.clear();
            taken(claims.take(name));
        }
    }

    #[test]
    fn the_last_of_many_attempts_is_found_by_few_looks() {
        let folder = tempfile::tempdir().unwrap();
        for attempts in 1..40 {
            let mut claims = join(folder.path(), false);
            let claim = taken(claims.take("tables"));
            assert_eq!(claim.path, claims.path("tables", attempts));
            claims.release(claim);
        }
    }

    #[test]
    fn of_many_workers_at_once_each_name_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let counts: Vec<AtomicU32> = (0..50).map(|_| AtomicU32::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut claims = join(folder.path(), false);
                    for (name, count) in counts.iter().enumerate() {
                        if let Taking::Taken(claim) = claims.take(&name.to_string()).unwrap() {
                            count.fetch_add(1, Ordering::Relaxed);
                            claims.finish(claim);
                        }
                    }
                });
            }
        });
        assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    }
}
