// What the widget says, in English and Chinese. {n} is a number.
const STRINGS = {
  open: ['Ask us', '问问我们'], close: ['Close chat', '关闭对话'], title: ['Chat with', '咨询'], assistant: ['Assistant', '助手'], unread: ['new message', '有新消息'],
  greet: ['Ask about products, an order or returns.', '商品、订单、退换货都可以问。'], input: ['Write a message', '输入消息'], send: ['Send', '发送'],
  menu: ['Menu', '菜单'], lang: ['中文', 'English'], know: ['What do you know about me?', '你知道我的什么？'], forget: ['Forget me', '忘记我'],
  end: ['End chat', '结束对话'], fresh: ['Start a new chat', '开始新对话'], more: ['New messages', '有新消息'],
  thinking: ['Thinking…', '正在想…'], typing: ['Writing…', '正在写…'], looking: ['Looking through the shop…', '正在查…'],
  search_products: ['Looking through the shop…', '正在找商品…'], get_product: ['Looking at the product…', '正在看商品资料…'], compare_products: ['Comparing…', '正在对比…'],
  recommend: ['Choosing for you…', '正在挑选…'], bought_together: ['Looking at what goes with it…', '正在看搭配…'], sentiment: ['Reading the reviews…', '正在看评价…'],
  get_order: ['Looking up your order…', '正在查订单…'], store_policy: ['Reading our policies…', '正在查规定…'],
  offline: ['No connection. Your messages are kept and sent later.', '网络断开，消息已保存，恢复后会发送。'], again: ['Reconnecting…', '正在重新连接…'],
  waiting: ['Sending…', '发送中…'], failed: ['Not sent', '未发送'], long: ['{n} characters are too many: at most 8000. Please shorten it.', '共{n}个字，最多8000字，请缩短一些。'],
  was: ['was', '原价'], out: ['Out of stock', '无货'], left: ['Only {n} left', '仅剩{n}件'], add: ['Add to basket', '加入购物车'], added: ['Added', '已加入'], colors: ['Colours', '颜色'],
  done: ['Done', '已完成'], declined: ['Not done', '未执行'], dropped: ['Withdrawn', '已撤回'],
  requested: ['A person will join.', '客服会加入对话。'], queued: ['Waiting for a person', '等待客服'],
  order: ['Order', '订单'], due: ['Expected', '预计'], facts: ['Kept about you', '保存的信息'], compare: ['Comparison', '对比'],
  pending: ['paid, not packed', '已付款，待打包'], shipped: ['shipped', '已发货'], delivered: ['delivered', '已送达'], cancelled: ['cancelled', '已取消'], returned: ['returned', '已退货'],
  ended: ['The chat has ended. Did it help?', '对话已结束，有帮助吗？'], good: ['Yes', '有帮助'], bad: ['No', '没帮助'], thanks: ['Thank you.', '谢谢。'],
};
