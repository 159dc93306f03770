#!/usr/bin/env bash
# Changes states with curl alone: over REST, over Connect with JSON, and over gRPC-Web byte by byte.
# run.py starts the bundle and passes its URL.
set -euo pipefail

: "${ROSTER_URL:?start these tests with run.py}" "${ROSTER_ADMIN:?}" "${ROSTER_WRITER:?}" "${ROSTER_READER:?}"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

readonly UNKNOWN=00000000-0000-4000-8000-000000000000
LONG=$(printf 'x%.0s' {1..201})
readonly WORK LONG
readonly RPC=$ROSTER_URL/zitadel.user.v2.UserService REST=$ROSTER_URL/v2/users
readonly WRITER=(-H "authorization: Bearer $ROSTER_WRITER") READER=(-H "authorization: Bearer $ROSTER_READER")
readonly JSON=(-H 'content-type: application/json')
passed=0 failed=0

main() {
    rest_changes
    rest_refusals
    rest_reads_what_it_can
    connect_json
    connect_refuses_what_it_cannot_read
    shows_a_user
    reads_gzip
    grpc_web "$RPC/DeactivateUser" 'gRPC-Web'
    new_user
    grpc_web "$REST/$USER_ID/deactivate" 'gRPC-Web on the REST path'
    grpc_web_path_wins
    grpc_needs_http2
    printf '%s passed, %s failed\n' "$passed" "$failed"
    ((failed == 0))
}

rest_changes() {
    new_user
    local operation sequence=1
    for operation in deactivate:INACTIVE reactivate:ACTIVE lock:LOCKED unlock:ACTIVE; do
        sequence=$((sequence + 1))
        post "$REST/$USER_ID/${operation%:*}" "${WRITER[@]}"
        answers "REST ${operation%:*}" 200 "$(details "$sequence")"
        send "$REST/$USER_ID" "${READER[@]}"
        same "REST state after ${operation%:*}" "$(grep -o 'USER_STATE_[A-Z]*' "$WORK/body" | sort -u)" "USER_STATE_${operation#*:}"
    done
}

rest_refusals() {
    new_user
    post "$REST/$USER_ID/deactivate" "${WRITER[@]}"
    post "$REST/$USER_ID/deactivate" "${WRITER[@]}"
    answers 'REST already inactive' 400 "$(rest_error 9 COMMAND-5gunjw0cd7 'User already inactive')"
    post "$REST/$USER_ID/lock" "${WRITER[@]}"
    answers 'REST lock of an inactive user' 400 "$(rest_error 9 COMMAND-lgws8wtsqf 'User is not active or initial')"
    post "$REST/$UNKNOWN/deactivate" "${WRITER[@]}"
    answers 'REST unknown user' 404 "$(rest_error 5 COMMAND-5gp2p62iin 'User could not be found')"
    post "$REST/$USER_ID/deactivate"
    answers 'REST no token' 401 '{"code":16,"message":"auth header missing"}'
    same 'REST no token, header' "$(header www-authenticate)" 'auth header missing'
    post "$REST/$USER_ID/deactivate" -H "authorization: Bearer $(tampered "$ROSTER_WRITER")"
    answers 'REST bad token' 401 "$(rest_error 16 AUTH-7fs1e Errors.Token.Invalid)"
    post "$REST/$USER_ID/deactivate" -H "authorization: Basic $ROSTER_WRITER"
    answers 'REST not a bearer token' 401 "$(rest_error 16 AUTH-toLo1 'invalid auth header')"
    post "$REST/$USER_ID/deactivate" "${READER[@]}"
    answers 'REST no permission' 403 "$(rest_error 7 AUTH-AWfge 'No matching permissions found')"
    post "$REST/$LONG/deactivate" "${WRITER[@]}"
    answers 'REST long id' 400 "{\"code\":3,\"message\":\"$(bad_id)\"}"
    post "$REST/${LONG:1}/deactivate" "${WRITER[@]}"
    answers 'REST longest id' 404 "$(rest_error 5 COMMAND-5gp2p62iin 'User could not be found')"
    send "$REST/$USER_ID/deactivate" "${WRITER[@]}"
    answers 'REST wrong method' 405 '{"code":12,"message":"Method Not Allowed"}'
    same 'REST wrong method, header' "$(header allow)" POST
    post "$REST/$USER_ID/deactivate/now" "${WRITER[@]}"
    answers 'REST unknown path' 404 '{"code":5,"message":"Not Found"}'
}

rest_reads_what_it_can() {
    local type
    for type in application/json text/plain application/x-www-form-urlencoded application/proto; do
        new_user
        post "$REST/$USER_ID/deactivate" "${WRITER[@]}" -H "content-type: $type" -d "{\"userId\":\"$UNKNOWN\",\"new\":1}"
        answers "REST body of type $type" 200 "$(details 2)"
    done
    post "$REST/$USER_ID/deactivate" "${JSON[@]}" -d '{'
    same 'REST malformed body, before the token' "$STATUS $(head -c 10 "$WORK/body")" '400 {"code":3,'
}

connect_json() {
    new_user
    local operation sequence=1
    for operation in Deactivate Reactivate Lock Unlock; do
        sequence=$((sequence + 1))
        connect "${operation}User" "{\"userId\":\"$USER_ID\"}" "${WRITER[@]}"
        answers "Connect $operation" 200 "$(details "$sequence")"
    done
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}" "${WRITER[@]}" -H 'connect-protocol-version: 1'
    answers 'Connect with its version' 200 "$(details 6)"
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}" "${WRITER[@]}"
    answers 'Connect already inactive' 400 "$(connect_error failed_precondition COMMAND-5gunjw0cd7 'User already inactive')"
    connect DeactivateUser "{\"userId\":\"$UNKNOWN\"}" "${WRITER[@]}"
    answers 'Connect unknown user' 404 "$(connect_error not_found COMMAND-5gp2p62iin 'User could not be found')"
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}"
    answers 'Connect no token' 401 '{"code":"unauthenticated","message":"auth header missing"}'
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}" -H "authorization: Bearer $(tampered "$ROSTER_WRITER")"
    answers 'Connect bad token' 401 "$(connect_error unauthenticated AUTH-7fs1e Errors.Token.Invalid)"
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}" "${READER[@]}"
    answers 'Connect no permission' 403 "$(connect_error permission_denied AUTH-AWfge 'No matching permissions found')"
    local body
    for body in "{\"userId\":\"$LONG\"}" '{"userId":""}' '{}'; do
        connect DeactivateUser "$body" "${WRITER[@]}"
        answers "Connect bad id ${body::14}" 400 "{\"code\":\"invalid_argument\",\"message\":\"$(bad_id)\"}"
    done
}

connect_refuses_what_it_cannot_read() {
    local body
    for body in '' '{' '[]'; do
        connect DeactivateUser "$body" "${WRITER[@]}"
        same "Connect body '$body'" "$STATUS $(head -c 27 "$WORK/body")" '400 {"code":"invalid_argument",'
    done
    local type
    for type in text/plain application/xml application/connect+json; do
        post "$RPC/DeactivateUser" "${WRITER[@]}" -H "content-type: $type" -d '{}'
        same "Connect type $type" "$STATUS $(header accept-post | grep -o 'application/json')" '415 application/json'
    done
    send "$RPC/DeactivateUser" "${WRITER[@]}"
    same 'Connect wrong method' "$STATUS $(header allow)" '405 POST'
}

shows_a_user() {
    new_user
    local upper names user
    upper=$(tr a-f A-F <<<"$USER_ID")
    names="\"userId\":\"$USER_ID\",DETAILS\"state\":\"USER_STATE_ACTIVE\",\"username\":\"$USER_ID\""
    names+=",\"loginNames\":[\"$USER_ID\"],\"preferredLoginName\":\"$USER_ID\""
    user="{${names/DETAILS/$(inner "$(details 1)"),},\"human\":{${names/DETAILS/},\"profile\":{\"displayName\":\"$USER_ID\"}}}"
    send "$REST/$upper" "${READER[@]}"
    answers 'REST user' 200 "{$(inner "$(details 1)"),\"user\":$user}"
    connect GetUserByID "{\"userId\":\"$upper\"}" "${READER[@]}"
    answers 'Connect user' 200 "{$(inner "$(details 1)"),\"user\":$user}"
    connect GetUserByID "{\"userId\":\"$UNKNOWN\"}" "${READER[@]}"
    answers 'Connect unknown user' 404 "$(connect_error not_found QUERY-Dfbg2 'User could not be found')"
    connect GetUserByID "{\"userId\":\"$USER_ID\"}" "${WRITER[@]}"
    answers 'Connect user, no permission' 403 "$(connect_error permission_denied AUTH-AWfge 'No matching permissions found')"
}

reads_gzip() {
    new_user
    printf '{"userId":"%s"}' "$USER_ID" | gzip >"$WORK/request"
    post "$RPC/DeactivateUser" "${WRITER[@]}" "${JSON[@]}" -H 'content-encoding: gzip' --data-binary "@$WORK/request"
    answers 'Connect gzip' 200 "$(details 2)"
    post "$REST/$USER_ID/reactivate" "${WRITER[@]}" "${JSON[@]}" -H 'content-encoding: gzip' --data-binary "@$WORK/request"
    answers 'REST gzip' 200 "$(details 3)"
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}" "${WRITER[@]}" -H 'content-encoding: gzip'
    answers 'Connect broken gzip' 400 '{"code":"invalid_argument","message":"malformed gzip"}'
    connect DeactivateUser "{\"userId\":\"$USER_ID\"}" "${WRITER[@]}" -H 'content-encoding: br'
    answers 'Connect brotli' 400 '{"code":"unimplemented","message":"unsupported compression: use gzip or identity"}'
}

# Runs gRPC-Web on a path. The user is active at first. `application/grpc-web` and `+proto` are the same.
grpc_web() {
    local url=$1 name=$2 type=application/grpc-web
    new_user
    url=${url/$REST\/*\//$REST/$USER_ID/}
    frame 0a24 "$USER_ID" >"$WORK/request"
    grpc "$url" "$type" "${WRITER[@]}"
    succeeds "$name $type" 2
    grpc "$url" "$type+proto" "${WRITER[@]}"
    fails "$name already inactive" 9 COMMAND-5gunjw0cd7 'User already inactive'
    post "$REST/$USER_ID/reactivate" "${WRITER[@]}"
    grpc "$url" "$type+proto" "${WRITER[@]}"
    succeeds "$name $type+proto" 4
    grpc "$url" "$type"
    fails "$name no token" 16 '' 'auth header missing'
    grpc "$url" "$type" -H "authorization: Bearer $(tampered "$ROSTER_WRITER")"
    fails "$name bad token" 16 AUTH-7fs1e Errors.Token.Invalid
    grpc "$url" "$type" "${READER[@]}"
    fails "$name no permission" 7 AUTH-AWfge 'No matching permissions found'
    frame 0a24 "$UNKNOWN" >"$WORK/request"
    grpc "${url/$USER_ID/$UNKNOWN}" "$type" "${WRITER[@]}"
    fails "$name unknown user" 5 COMMAND-5gp2p62iin 'User could not be found'
    frame 0ac901 "$LONG" >"$WORK/request"
    grpc "${url/$USER_ID/$LONG}" "$type" "${WRITER[@]}"
    fails "$name long id" 3 '' "$(bad_id)"
    printf '\0\0\0\0\5\n' >"$WORK/request"
    grpc "$url" "$type" "${WRITER[@]}"
    same "$name cut frame" "$STATUS $(trailer grpc-status)" '200 3'
}

grpc_web_path_wins() {
    new_user
    frame 0a24 "$UNKNOWN" >"$WORK/request"
    grpc "$REST/$USER_ID/deactivate" application/grpc-web "${WRITER[@]}"
    succeeds 'gRPC-Web on the REST path, another user in the body' 2
    frame '' '' >"$WORK/request"
    grpc "$REST/$USER_ID/reactivate" application/grpc-web "${WRITER[@]}"
    succeeds 'gRPC-Web on the REST path, an empty message' 3
}

grpc_needs_http2() {
    local url
    for url in "$RPC/DeactivateUser" "$REST/$USER_ID/deactivate"; do
        grpc "$url" application/grpc "${WRITER[@]}"
        same "gRPC on ${url#"$ROSTER_URL"}" "$STATUS $(grep -ci grpc "$WORK/body")" '415 1'
    done
}

new_user() {
    post "$ROSTER_URL/users/v1/platform-user" -H "authorization: Bearer $ROSTER_ADMIN" "${JSON[@]}" \
        -d "{\"platform\":\"Steam\",\"platform_user_id\":\"$RANDOM$RANDOM$RANDOM$RANDOM\"}"
    USER_ID=$(sed -n 's/.*"player_uuid":"\([^"]*\)".*/\1/p' "$WORK/body")
    PERSON_ID=$(sed -n 's/.*"person_id":"\([^"]*\)".*/\1/p' "$WORK/body")
}

# Sends a request. Status, headers and body of the answer are in $STATUS and two files.
send() {
    STATUS=$(curl -sS -o "$WORK/body" -D "$WORK/headers" -w '%{http_code}' "$@")
}

post() { send -X POST "$@"; }

connect() {
    local operation=$1 body=$2
    post "$RPC/$operation" "${JSON[@]}" --data-binary "$body" "${@:3}"
}

grpc() {
    local url=$1 type=$2
    post "$url" -H "content-type: $type" -H 'x-grpc-web: 1' --data-binary "@$WORK/request" "${@:3}"
}

# Writes a frame of gRPC-Web. Its message is these bytes, in hexadecimal, and this text.
frame() {
    local length=$((${#1} / 2 + ${#2}))
    unhex "$(printf '00%08x%s' "$length" "$1")"
    printf '%s' "$2"
}

unhex() {
    local at
    for ((at = 0; at < ${#1}; at += 2)); do
        printf '%b' "\\x${1:at:2}"
    done
}

hex() { od -An -v -tx1 | tr -d ' \n'; }

header() { sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$WORK/headers"; }

# Reads a trailer from the frame of trailers at the end of the body.
trailer() { tr -d '\0' <"$WORK/body" | LC_ALL=C sed -n "s/^.*$1: \(.*\)\r$/\1/p"; }

# Checks a success byte by byte: a message with sequence and person, then the frame of trailers.
succeeds() {
    local name=$1 sequence=$2 bytes length
    bytes=$(hex <"$WORK/body")
    length=$((16#0${bytes:2:8}))
    same "$name, status" "$STATUS $(header content-type | grep -o '^application/grpc-web')" '200 application/grpc-web'
    same "$name, frame" "${bytes::2} ${bytes:10:2}${bytes:14:4}" "00 0a08$(printf '%02x' "$sequence")"
    same "$name, person" "$(grep -ac "$PERSON_ID" "$WORK/body")" 1
    same "$name, trailers" "${bytes:10 + 2 * length}" "8000000010$(printf 'grpc-status: 0\r\n' | hex)"
}

# Checks a failure: only a frame of trailers. Without an id there is no detail.
fails() {
    local name=$1 code=$2 id=$3 text=$4 message=$4 bytes
    [[ -z $id ]] || message="$text ($id)"
    bytes=$(hex <"$WORK/body")
    same "$name, status" "$STATUS $(trailer grpc-status)" "200 $code"
    same "$name, message" "$(trailer grpc-message)" "$message"
    same "$name, frame" "${bytes::10}" "$(printf '80%08x' "$(($(wc -c <"$WORK/body") - 5))")"
    if [[ -n $id ]]; then
        local detail status
        detail=$(field 0a 'type.googleapis.com/zitadel.v1.ErrorDetail')$(bytes_field 12 "$(error_detail "$id" "$text")")
        status=$(printf '08%02x' "$code")$(field 12 "$message")$(bytes_field 1a "$detail")
        same "$name, detail" "$(trailer grpc-status-details-bin)" "$(unpadded "$status")"
    fi
}

# Fields of a protobuf message in hexadecimal: a text, and bytes that are already in hexadecimal. Both have at most 127 bytes.
field() { bytes_field "$1" "$(printf '%s' "$2" | hex)"; }
bytes_field() { printf '%s%02x%s' "$1" "$((${#2} / 2))" "$2"; }

error_detail() { printf '%s%s' "$(field 0a "$1")" "$(field 12 "$2")"; }

unpadded() { unhex "$1" | base64 -w 0 | tr -d =; }

details() {
    printf '{"details":{"sequence":"%s","changeDate":"TIME","resourceOwner":"%s","creationDate":"TIME"}}' "$1" "$PERSON_ID"
}

# The members of an object.
inner() {
    local object=${1#\{}
    printf '%s' "${object%\}}"
}

rest_error() {
    local code=$1 id=$2 text=$3 type='type.googleapis.com/zitadel.v1.ErrorDetail'
    printf '{"code":%s,"message":"%s (%s)","details":[{"@type":"%s","id":"%s","message":"%s"}]}' \
        "$code" "$text" "$id" "$type" "$id" "$text"
}

connect_error() {
    local code=$1 id=$2 text=$3
    printf '{"code":"%s","message":"%s (%s)","details":[{"type":"zitadel.v1.ErrorDetail","value":"%s"}]}' \
        "$code" "$text" "$id" "$(unpadded "$(error_detail "$id" "$text")")"
}

bad_id() {
    printf 'invalid DeactivateUserRequest.UserId: value length must be between 1 and 200 runes, inclusive'
}

# The token with another signature.
tampered() {
    local signature=${1##*.} other=A
    [[ ${signature:9:1} != A ]] || other=B
    printf '%s.%s%s%s' "${1%.*}" "${signature::9}" "$other" "${signature:10}"
}

answers() {
    local name=$1 status=$2 body=$3 type
    type=$(header content-type)
    same "$name" "$STATUS ${type%%;*} $(tr -d '\0' <"$WORK/body" | sed 's/"[0-9-]*T[0-9:.]*Z"/"TIME"/g')" "$status application/json $body"
}

same() {
    local name=$1 actual=$2 expected=$3
    if [[ $actual == "$expected" ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not ok %s\n  is       %q\n  is to be %q\n' "$name" "$actual" "$expected"
    fi
}

main
