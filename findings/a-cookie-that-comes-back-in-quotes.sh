#!/usr/bin/env bash
# Java's CookieManager (OpenJDK 17.0.19, Debian 17.0.19+10-1~deb12u2; HttpClient and HttpURLConnection use it) returns a cookie that came with
# Max-Age as $Version="1"; a="x".
#
# RFC 6265 §5.4: the client sends the name, "=", and the value as it got them. Java takes a Set-Cookie with Max-Age and without Expires for one
# of RFC 2965, which RFC 6265 has made historic. A server that compares the text of a value sees another value, with quotation marks, and
# three cookies more, named $Version, $Path and $Domain. A server that sends Expires beside Max-Age gets its cookie back as it is.
#
# Guess before the first run: "a=x" for all of them.
# Seen: quotation marks and three more names for Max-Age alone.
#
# Needs: a Debian bookworm (amd64) with apt. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q openjdk-17-jre-headless=17.0.19+10-1~deb12u2 >/dev/null 2>&1
dpkg-deb -x ./*.deb root
home="$work/root/usr/lib/jvm/java-17-openjdk-amd64"
find "$home" -lname "/etc/*" | while read -r link; do ln -sfn "$work/root$(readlink "$link")" "$link"; done

cat > Try.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

public class Try {
    public static void main(String[] arguments) throws Exception {
        System.out.println(System.getProperty("java.version"));
        for (String attributes : List.of("", "; Expires=Sun, 06 Nov 2044 08:49:37 GMT", "; Max-Age=3600")) {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                byte[] seen = String.valueOf(exchange.getRequestHeaders().getFirst("Cookie")).getBytes();
                exchange.getResponseHeaders().add("Set-Cookie", "a=x; Path=/" + attributes);
                exchange.sendResponseHeaders(200, seen.length);
                exchange.getResponseBody().write(seen);
                exchange.close();
            });
            server.start();
            HttpClient client = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/")).build();
            client.send(request, BodyHandlers.discarding());
            System.out.println("a=x; Path=/" + attributes + " -> " + client.send(request, BodyHandlers.ofString()).body());
            server.stop(0);
        }
        System.exit(0);
    }
}
JAVA
output=$(timeout 100 "$home/bin/java" Try.java)
expected=$(cat <<'SEEN'
17.0.19
a=x; Path=/ -> a=x
a=x; Path=/; Expires=Sun, 06 Nov 2044 08:49:37 GMT -> a=x
a=x; Path=/; Max-Age=3600 -> $Version="1"; a="x";$Path="/";$Domain="127.0.0.1"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
