package example.tickets.booking;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** What the server refuses before Spring sees it, such as a path that cannot be decoded, in the form of {@link Answers}: it has a page of HTML otherwise. */
@Component
class ServerErrors implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addContextCustomizers(
                context -> ((StandardHost) context.getParent()).setErrorReportValveClass(Valve.class.getName()));
    }

    /** Made by Tomcat, by the name of its class. */
    public static final class Valve extends ErrorReportValve {

        @Override
        protected void report(Request request, Response response, Throwable throwable) {
            HttpStatus status = HttpStatus.resolve(response.getStatus());
            if (response.getStatus() < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            String fault = status == null ? "status " + response.getStatus() : status.getReasonPhrase().toLowerCase(Locale.ROOT);
            try {
                response.setHeader("X-Content-Type-Options", "nosniff");
                response.setContentType("application/json");
                // Without a word of what was sent.
                response.getOutputStream().write("{\"errors\":[\"request: %s\"]}".formatted(fault).getBytes(StandardCharsets.UTF_8));
                response.finishResponse();
            } catch (IOException e) {
                // Whoever asked is gone.
            }
        }
    }
}
