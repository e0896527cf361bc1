# The formula of a tap: `brew install runner-nlp/tap/runner-nlp`. `.ci/recipes` fills in version and checksums at a release.
class RunnerNlp < Formula
  desc "Declarative fine-tuning experiments for named-entity recognition"
  homepage "https://github.com/runner-nlp/runner"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    depends_on arch: :arm64

    url "https://github.com/runner-nlp/runner/releases/download/v@VERSION@/runner-@VERSION@-aarch64-apple-darwin.tar.gz"
    sha256 "@SHA256:runner-@V@-aarch64-apple-darwin.tar.gz@"
  end

  on_linux do
    on_intel do
      url "https://github.com/runner-nlp/runner/releases/download/v@VERSION@/runner-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256:runner-@V@-x86_64-unknown-linux-gnu.tar.gz@"
    end

    on_arm do
      url "https://github.com/runner-nlp/runner/releases/download/v@VERSION@/runner-@VERSION@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256:runner-@V@-aarch64-unknown-linux-gnu.tar.gz@"
    end
  end

  def install
    bin.install "runner"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/runner.bash" => "runner"
    zsh_completion.install "completions/_runner"
    fish_completion.install "completions/runner.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/runner --version")
    system bin/"runner", "init", "--example", "quickstart"
    system bin/"runner", "run", "quickstart.toml", "--offline"
    assert_path_exists testpath/"results/quickstart/results.csv"
  end
end
