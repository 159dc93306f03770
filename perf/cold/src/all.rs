//! Measures everything in one run.

use std::path::{Path, PathBuf};

use crate::{
    failure::{Context, Failure},
    measure::{Figures, Plan, measure},
    results::{Build, COMPARED, Entry, Kind, Machine, Results, Signed},
    running::{Stage, Variant},
    scenario::{BARE, NOOP, OF_OWN_TOKEN, OWN_TOKEN, Scenario, functions},
    size::{Size, crates_of},
    token::{IssuerKeys, Tokens},
    verification::verifications,
};

/// The algorithm of tokens by default, which most issuers use.
pub const ALGORITHM: &str = "RS256";

/// The task of a run.
#[derive(Debug, Clone)]
pub struct Everything {
    /// The root of the repository.
    pub root: PathBuf,
    /// The functions to measure. If this is empty, all are measured.
    pub only: Vec<String>,
    /// The build of all functions that this run has just made, if any.
    pub build: Option<Build>,
    /// The amount of measurements.
    pub plan: Plan,
    /// The number of batches of verifications.
    pub batches: usize,
}

struct Candidate {
    kind: Kind,
    variant: Variant,
    size: Size,
    crates: Option<usize>,
}

impl Everything {
    /// Measures all variants in turn, then verifications.
    pub async fn measure(
        &self,
        stage: &Stage,
        keys: &IssuerKeys,
        mut tell: impl FnMut(&str),
    ) -> Result<Results, Failure> {
        let machine = Machine::this()?;
        let mut left_out = Vec::new();
        let candidates = self.candidates(&keys.tokens(ALGORITHM)?, &mut left_out)?;
        let variants: Vec<_> = candidates.iter().map(|candidate| candidate.variant.clone()).collect();
        let figures = measure(&variants, stage, self.plan, &mut tell).await?;
        let tokens = self.tokens(stage, keys, tell).await?;
        let entry = |(candidate, figures): (Candidate, Figures)| Entry {
            kind: candidate.kind,
            size: candidate.size,
            crates: candidate.crates,
            figures,
        };
        Ok(Results {
            machine,
            build: self.build,
            rounds: self.plan.rounds,
            variants: candidates.into_iter().zip(figures).map(entry).collect(),
            tokens,
            verification: tokio::task::block_in_place(|| verifications(self.batches))?,
            left_out,
        })
    }

    /// Measures the same requests with tokens of each algorithm, in turn with the bare function.
    async fn tokens(&self, stage: &Stage, keys: &IssuerKeys, tell: impl FnMut(&str)) -> Result<Vec<Signed>, Failure> {
        let plan = Plan { rounds: 1, ..self.plan };
        let release = self.root.join("target/release");
        let binary = release.join(COMPARED);
        let mut variants = vec![variant(BARE, BARE, &release.join(BARE), &keys.tokens(ALGORITHM)?)?];
        for algorithm in keys.algorithms() {
            variants.push(variant(algorithm, COMPARED, &binary, &keys.tokens(algorithm)?)?);
        }
        let figures = measure(&variants, stage, plan, tell).await?;
        let mut warm = figures.iter().filter_map(|figures| figures.warm.as_ref());
        let Some(bare) = warm.next() else { return Ok(Vec::new()) };
        let signed = keys.algorithms().zip(warm).map(|(algorithm, warm)| Signed {
            algorithm,
            cpu: warm.cpu,
            of_bare: warm.cpu.p50_us / bare.cpu.p50_us,
        });
        Ok(signed.collect())
    }

    fn candidates(&self, tokens: &Tokens, left_out: &mut Vec<String>) -> Result<Vec<Candidate>, Failure> {
        let release = self.root.join("target/release");
        let peers = self.root.join("target/bench/peers/release");
        let sources = self.root.join("perf/peers");
        let wanted = |function: &&str| self.only.is_empty() || self.only.iter().any(|only| only == function);
        let mut candidates = Vec::new();
        for function in functions().into_iter().filter(wanted) {
            let binary = release.join(function);
            candidates.push(rust(Kind::Function, function, function, &binary, &self.root, tokens)?);
            if function == OF_OWN_TOKEN {
                candidates.push(rust(Kind::Function, function, OWN_TOKEN, &binary, &self.root, tokens)?);
            }
        }
        candidates.push(rust(Kind::Bare, BARE, BARE, &release.join(BARE), &self.root, tokens)?);
        candidates.push(rust(Kind::Floor, NOOP, NOOP, &peers.join("noop"), &sources.join("noop"), tokens)?);
        let defaults = peers.join("defaults");
        candidates.push(rust(Kind::Defaults, "defaults", COMPARED, &defaults, &sources.join("defaults"), tokens)?);
        for (kind, label) in [(Kind::Python, "python"), (Kind::Node, "node")] {
            let (bootstrap, installed) =
                (sources.join(label).join("bootstrap"), self.root.join("target/bench").join(label));
            if bootstrap.exists() && installed.join("installed").exists() {
                let size =
                    if kind == Kind::Python { python_size(&sources, &installed)? } else { node_size(&installed)? };
                candidates.push(Candidate {
                    kind,
                    variant: variant(label, COMPARED, &bootstrap, tokens)?,
                    size,
                    crates: None,
                });
            } else {
                left_out.push(format!("{label}, which is not installed"));
            }
        }
        Ok(candidates)
    }
}

fn rust(
    kind: Kind,
    label: &str,
    function: &str,
    binary: &Path,
    workspace: &Path,
    tokens: &Tokens,
) -> Result<Candidate, Failure> {
    let variant = variant(label, function, binary, tokens)?;
    let size = Size::of(&variant.binary, &|_| false)?;
    Ok(Candidate { kind, variant, size, crates: Some(crates_of(label, workspace)?) })
}

fn variant(label: &str, function: &str, binary: &Path, tokens: &Tokens) -> Result<Variant, Failure> {
    let binary = binary.canonicalize().context(binary.display())?;
    Ok(Variant {
        label: label.to_owned(),
        binary,
        function: function.to_owned(),
        scenario: Scenario::of(function, tokens)?,
    })
}

/// The size of the source and the packages, without packages that only install or serve.
fn python_size(sources: &Path, installed: &Path) -> Result<Size, Failure> {
    const TOOLS: [&str; 12] = [
        "pip",
        "setuptools",
        "wheel",
        "pkg_resources",
        "_distutils_hack",
        "__pycache__",
        "bin",
        "uvicorn",
        "uvloop",
        "httptools",
        "click",
        "h11",
    ];
    let library = installed.join("lib");
    let is_tool = |name: &str| TOOLS.iter().any(|tool| name == *tool || name.starts_with(&format!("{tool}-")));
    Ok(Size::of(&library, &is_tool)?.and(Size::of(&sources.join("python"), &is_tool)?))
}

/// The size of the bundled file.
fn node_size(installed: &Path) -> Result<Size, Failure> {
    Size::of(&installed.join("lambda.mjs"), &|_| false)
}
