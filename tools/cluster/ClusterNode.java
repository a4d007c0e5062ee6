import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One OpenSearch node with the k-NN plugin, from the class path instead of an unpacked distribution: for tests and for
 * trying out. The only argument is its home, which holds config/opensearch.yml.
 */
public final class ClusterNode extends Node {
    private ClusterNode(Environment environment) {
        super(environment, List.of(Netty4Plugin.class, PainlessPlugin.class, KNNPlugin.class), true);
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Settings settings = Settings.builder().put("path.home", home).build();
        new ClusterNode(
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "node")
        ).start();
        Thread.currentThread().join();
    }
}
