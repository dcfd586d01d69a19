# SPDX-License-Identifier: ISC
# Completion of swctl for fish.  The answers come from the hidden command `swctl __complete`.

function __swctl_complete
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] "$cur" 2>/dev/null)
        if test "$line" = :files
            set -l lead (string match -r -- '^--[^=]*=' "$cur")
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$cur"))
                echo $lead$path
            end
        else
            echo $line
        end
    end
end

complete -c swctl -f -a '(__swctl_complete)'
