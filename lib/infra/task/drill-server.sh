# The server of a drill: PostgreSQL from an image that somebody else made, so this relies on nothing but a shell and
# PostgreSQL's own programs. It runs as the image's user `postgres` and writes to its volume only. The arguments are
# settings. It listens inside the task only, and its password is in a file that only the task's containers have.
set -eu
data=/drill/data/cluster
memory=${LIFEBOAT_SERVER_MEMORY_MB:-4096}
command -v initdb > /dev/null || for bin in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin; do PATH=$PATH:$bin; done
# The public image has the locale en_US.utf8 and none else, but what locales are made from.
if [ -n "${LIFEBOAT_SERVER_LOCALES:-}" ] && command -v localedef > /dev/null; then
  mkdir -p /drill/data/locales
  LOCPATH=/drill/data/locales:/usr/lib/locale
  export LOCPATH
  for locale in en_US.utf8 $LIFEBOAT_SERVER_LOCALES; do
    charset=UTF-8 modifier=
    case $locale in *@*) modifier=@${locale#*@} ;; esac
    plain=${locale%%@*}
    case $plain in *.[Uu][Tt][Ff]8 | *.[Uu][Tt][Ff]-8) ;; *.*) charset=${plain#*.} ;; *) charset=ISO-8859-1 ;; esac
    localedef -c --no-archive -i "${plain%%.*}$modifier" -f "$charset" "/drill/data/locales/$locale" > /dev/null 2>&1 ||
      echo "Lifeboat: this image cannot make the locale $locale" >&2
  done
fi
initdb -D "$data" -U postgres -E UTF8 --locale=C --auth=scram-sha-256 --pwfile=/drill/secret/password --no-sync > /dev/null
exec postgres -D "$data" -c listen_addresses=127.0.0.1 -c port="${LIFEBOAT_SERVER_PORT:-5432}" -c unix_socket_directories= \
  -c shared_buffers="$((memory / 4))MB" -c maintenance_work_mem="$((memory / 16))MB" \
  -c max_wal_size="${LIFEBOAT_SERVER_WAL_MB:-2048}MB" "$@"
