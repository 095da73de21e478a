package example.tickets.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Whoever refuses, service, Spring or Tomcat: the answer has one form. Sent byte by byte, because clients do not let one send such requests. */
@Served
class RefusalsTest {

    private static final String HEAD = " HTTP/1.1\r\nHost: booking\r\nConnection: close\r\n";
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final String GOOD = "{\"show\":\"hamlet\",\"seat\":\"A-1\",\"holder\":\"Kim\"}";

    @LocalServerPort
    private int port;

    private static String get(String target) {
        return "GET " + target + HEAD + "\r\n";
    }

    private static String post(String headers, String body) {
        return "POST /holds" + HEAD + headers + "\r\n" + body;
    }

    static Stream<Arguments> requests() {
        String bad = "request: bad request";
        return Stream.of(
                arguments("a path that there is not", get("/nothing"), 404, "path: there is nothing"),
                arguments("a path below a show", get("/shows/hamlet/seats"), 404, "path: there is nothing"),
                arguments("another method", "DELETE /shows" + HEAD + "\r\n", 405, "method: allowed is GET"),
                arguments("a method that is none", "BREW /shows" + HEAD + "\r\n", 405, "method: allowed is GET"),
                arguments("bad percent-encoding", get("/shows/%zz"), 400, bad),
                arguments("half of percent-encoding", get("/shows/%"), 400, bad),
                arguments("a slash that is encoded", get("/shows/a%2Fb"), 400, bad),
                arguments("a backslash that is encoded", get("/shows/a%5Cb"), 400, bad),
                arguments("a path out of the root", get("/../shows"), 400, bad),
                arguments("no UTF-8", get("/shows/%ff"), 400, bad),
                arguments("NUL", get("/shows/%00"), 400, bad),
                arguments("a character that no path has", get("/shows/<x>"), 400, bad),
                arguments("another method of a bad path", "DELETE /shows/%zz" + HEAD + "\r\n", 400, bad),
                arguments("no request at all", "secret\r\n\r\n", 400, bad),
                arguments("no host", "GET /shows HTTP/1.1\r\nConnection: close\r\n\r\n", 400, bad),
                arguments("another version", "GET /shows HTTP/9.9\r\n\r\n", 505, "request: http version not supported"),
                arguments("a length that is none", post(JSON + "Content-Length: x\r\n", ""), 400, bad),
                arguments("an encoding that it does not know", post(JSON + "Transfer-Encoding: gzip\r\n", ""), 501, "request: not implemented"),
                arguments("headers without an end", "GET /shows" + HEAD + "X: " + "x".repeat(64 << 10), 400, bad),
                arguments("no content type", post("Content-Length: 2\r\n", "{}"), 415, "content-type: allowed is application/json"),
                arguments("another content type", post("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), 415, "content-type: allowed is application/json"),
                arguments("a content type that is none", post("Content-Type: json\r\nContent-Length: 2\r\n", "{}"), 415, "content-type: allowed is application/json"),
                arguments("no body", post(JSON, ""), 400, "body: allowed is one JSON object"),
                // Tomcat answers these, before the service can.
                arguments("half a body", post(JSON + "Content-Length: 400\r\n", GOOD), 400, bad),
                arguments("half a body in chunks", post(JSON + "Transfer-Encoding: chunked\r\n", "400\r\n" + GOOD), 400, bad),
                arguments("a long body", post(JSON + "Content-Length: 5000\r\n", "x".repeat(5000)), 413, "body: allowed are 4096 bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void hasTheFormOfAllOthers(String name, String request, int status, String fault) throws Exception {
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
            assertThat(answer.toLowerCase()).contains("\r\ncontent-type: application/json", "\r\nx-content-type-options: nosniff\r\n");
            assertThat(answer.substring(answer.indexOf("\r\n\r\n"))).contains("{\"errors\":[\"" + fault + "\"]}");
        }
    }
}
