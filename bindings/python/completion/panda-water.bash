# What the command line panda-water takes, for bash.

_panda_water() {
    local word=$2 before=$3 each command=
    local settings='--base-url --host --port --project-name --username --password-file --ca-file --client-cert-file
        --client-key-file --ticket-param --timeout-ms --connect-timeout-ms --deadline-ms --retries --login-cooldown-ms
        --max-response-bytes --time-zone --token-store --proxy --user-agent --library --verbose --quiet --help'

    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $each == -* ]] || { command=$each; break; }
    done
    case $before in
        *-file | --library | --state | --out | --own | --existing)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return ;;
        --format)
            local formats='csv jsonl table'
            [[ $command != sync ]] || formats='csv jsonl'
            mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
            return ;;
        --names)
            mapfile -t COMPREPLY < <(compgen -W 'compare ignore' -- "$word")
            return ;;
    esac
    case $command in
        '') settings='doctor users ticket sync link --help --version' ;;
        doctor) settings+=' --json' ;;
        users) settings+=' --format --keyword --page-size --out' ;;
        ticket) settings+=' --format' ;;
        sync) settings+=' --state --out --format --no-clobber --max-removed-percent --page-size' ;;
        link) settings+=' --own --out --existing --rules --names' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$settings" -- "$word")
}

complete -F _panda_water panda-water
