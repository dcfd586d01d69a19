# SPDX-License-Identifier: ISC
# Completion of swctl for bash.  The answers come from the hidden command `swctl __complete`; all
# that is done here is to find the words and to hand over the candidates.

_swctl()
{
	local IFS=$' \t\n' cur lead candidate words
	local before=${COMP_LINE:0:COMP_POINT}

	# bash takes words apart at ':' and '=', which MAC addresses and --option=value have inside
	read -ra words <<<"$before"
	[[ $before == *[[:space:]] ]] && words+=("")
	cur=${words[${#words[@]} - 1]}
	lead=
	[[ $COMP_WORDBREAKS == *:* && $cur == *:* ]] && lead=${cur%"${cur##*:}"}
	[[ $COMP_WORDBREAKS == *=* && $cur == --*=* && -z $lead ]] && lead=${cur%%=*}=

	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		if [[ $candidate == :files ]]; then
			compopt -o filenames 2>/dev/null
			while IFS= read -r candidate; do
				COMPREPLY+=("$candidate")
			done < <(compgen -f -- "${cur#"$lead"}")
		else
			COMPREPLY+=("${candidate#"$lead"}")
		fi
	done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
}

complete -F _swctl swctl
