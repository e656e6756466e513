# To be sourced. Lets TorchSharp load where the C++ runtime is older than GCC 13's, without changing the system.
#
# TorchSharp's native library asks libstdc++ for one symbol of version GLIBCXX_3.4.32, which Debian 12 and Ubuntu 22.04
# lack. There, a small libstdc++.so.6 is built once under artifacts/native and put on LD_LIBRARY_PATH. It answers to all the
# versions that the system's library has and to the missing one, defines the missing symbol, and loads the system's
# library by its path, which keeps defining all the rest.

layerwise_native() {
    [ "$(uname -sm)" = "Linux x86_64" ] || return 0
    local wanted=GLIBCXX_3.4.32 folder system=

    # The library that a program started here would load.
    local IFS=:
    for folder in ${LD_LIBRARY_PATH-} /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib64 /usr/lib64 /usr/lib; do
        if [ -e "$folder/libstdc++.so.6" ]; then
            system=$folder/libstdc++.so.6
            break
        fi
    done
    unset IFS
    if [ -z "$system" ]; then
        echo "error: this system has no libstdc++.so.6, which libtorch needs (Debian, Ubuntu: apt-get install libstdc++6)" >&2
        return 1
    fi
    if grep -qaF "$wanted" "$system"; then
        return 0
    fi

    # One folder for each state of the system's library and of this script: when either changes, another is built.
    local root key
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || return 1
    key=$({ stat -L -c '%n %s %Y' "$system" && cat "${BASH_SOURCE[0]}"; } | cksum | cut -d ' ' -f 1) || return 1
    folder=$root/artifacts/native/$key
    if [ ! -e "$folder/libstdc++.so.6" ]; then
        layerwise_native_build "$system" "$wanted" "$folder" || return 1
    fi
    export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

# layerwise_native_build SYSTEM-LIBRARY MISSING-VERSION FOLDER
layerwise_native_build() {
    local compiler work built
    if ! compiler=$(command -v gcc || command -v cc || command -v clang); then
        echo "error: $1 lacks $2, which TorchSharp needs, and there is no C compiler to add it (Debian, Ubuntu: apt-get install gcc)" >&2
        return 1
    fi
    mkdir -p "$(dirname "$3")" && work=$(mktemp -d "$3.XXXXXX") || return 1

    # Before GCC 13 every object file that includes <iostream> set up the streams; since then the library does, when called here.
    cat >"$work/added.c" <<'C'
extern void _ZNSt8ios_base4InitC1Ev(void *); /* std::ios_base::Init::Init() */
void _ZSt21ios_base_library_initv(void) { static char init; _ZNSt8ios_base4InitC1Ev(&init); }
C
    grep -aoE '(GLIBCXX|CXXABI)(_[A-Z0-9]+)*_[0-9]+(\.[0-9]+)*' "$1" | sort -u | sed 's/$/ {};/' >"$work/versions"
    grep -aoE 'CXXABI_FLOAT128' "$1" | sort -u | sed 's/$/ {};/' >>"$work/versions"
    echo "$2 { _ZSt21ios_base_library_initv; };" >>"$work/versions"

    # An empty library that bears the system library's path as its name makes the linker write down that path.
    "$compiler" -shared -nostdlib -x c /dev/null -o "$work/named.so" -Wl,-soname,"$1" &&
        "$compiler" -shared -fPIC -O2 "$work/added.c" -o "$work/libstdc++.so.6" -Wl,-soname,libstdc++.so.6 \
            -Wl,--version-script="$work/versions" -Wl,--no-as-needed "$work/named.so"
    built=$?

    # Several builds at once are all the same: the first to move its folder into place wins.
    if [ $built -eq 0 ]; then
        rm "$work/added.c" "$work/versions" "$work/named.so"
        chmod 755 "$work"
        mv -T "$work" "$3" 2>/dev/null || [ -e "$3/libstdc++.so.6" ]
        built=$?
    else
        echo "error: $compiler could not build the addition to $1 that TorchSharp needs; its messages stand above" >&2
    fi
    rm -rf "$work"
    return $built
}

layerwise_native
