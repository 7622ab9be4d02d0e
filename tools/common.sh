# Installing and building, for tools/up and tools/check. Sourced; sets `root`.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${0##*/}

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$program" "$*" >&2
    exit 1
}

fail_usage() {
    printf '%s: %s (see --help)\n' "$program" "$*" >&2
    exit 2
}

# run_quietly LOG COMMAND...: its output matters only if it fails.
run_quietly() {
    local log=$1
    shift
    mkdir -p "${log%/*}"
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        fail "failed: $* (all of its output: $log)"
    fi
}

# packages GROUP...: their names, from tools/dependencies.
packages() {
    awk -v groups=" $* " 'NF && $1 !~ /^#/ && index(groups, " " $2 " ") { print $1 }' \
        "$root/tools/dependencies"
}

packages_missing() {
    local package status
    for package in $(packages "$@"); do
        # A foreign architecture may have its own copy, hence the star.
        status=$(dpkg-query --show --showformat='${db:Status-Status} ' "$package" 2>/dev/null) ||
            status=absent
        [[ $status == installed* ]] || printf '%s\n' "$package"
    done
}

# install_missing GROUP...
install_missing() {
    local missing as_root=()
    if ! command -v apt-get >/dev/null; then
        say "No apt here: hoping that the packages of tools/dependencies are installed."
        return
    fi
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "run as root, then start again: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get -qq -o DPkg::Lock::Timeout=120)
    run_quietly "$root/build/logs/apt-update.log" "${apt[@]}" update </dev/null
    run_quietly "$root/build/logs/apt-install.log" \
        "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" </dev/null
}

# configure DIRECTORY PRESET CMAKE-OPTION...: does nothing if it was done with this source.
configure() {
    local directory=$1 preset=$2
    shift 2
    if [[ $directory/build.ninja -nt $root/CMakePresets.json ]] &&
        grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$directory/CMakeCache.txt"; then
        return
    fi
    run_quietly "$root/build/logs/${directory##*/}-configure.log" \
        cmake --fresh -S "$root" -B "$directory" --preset "$preset" "$@"
}

# Reads ninja's status lines; shows one that changes, on a terminal.
show_progress() {
    local mark finished total rest
    while read -r mark finished total rest; do
        [[ $mark != @ || ! -t 1 ]] || printf '\r\033[KBuilding %d/%d' "$finished" "$total"
    done
    [[ ! -t 1 ]] || printf '\r\033[K'
}

# build DIRECTORY
build() {
    local directory=$1
    local log=$root/build/logs/${directory##*/}-build.log
    mkdir -p "${log%/*}"
    [[ -t 1 ]] || say "Building ${directory#"$root"/}"
    if ! NINJA_STATUS='@ %f %t ' ninja -C "$directory" 2>&1 | tee "$log" | show_progress; then
        grep -v '^@' "$log" | tail -n 60 >&2
        fail "the build failed (all of its output: $log)"
    fi
}
