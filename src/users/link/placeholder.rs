//! Values that identify nobody: what people and exports write where there is nothing to write.

/// Whether a normalised text stands for nothing: without a letter or a digit, all zeros, a
/// spreadsheet's error, or a word for nothing with or without the field that it speaks of.
pub(super) fn is_placeholder(text: &str) -> bool {
    if text.chars().any(|c| c.is_numeric() && c != '0') {
        return false;
    }
    // `#REF!`, `#NAME?`; and NULL as MySQL exports it.
    if text.starts_with('#') && text.ends_with(['!', '?']) || text == r"\N" {
        return true;
    }
    // `N/A`, `(null)` and `-无-` are their letters.
    let letters: String = (text.chars())
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    letters.chars().all(|c| c == '0')
        || letters.len() > 1 && letters.chars().all(|c| c == 'x')
        || is_word_for_nothing(&letters)
        || FIELDS.iter().any(|field| {
            (letters.strip_suffix(field))
                .or_else(|| letters.strip_prefix(field))
                .is_some_and(|rest| rest.is_empty() || is_word_for_nothing(rest))
        })
}

/// What a word for nothing may name: `无工号`, `电话未知`. Alone it is a column's heading.
const FIELDS: [&str; 26] = [
    "工号",
    "员工号",
    "员工编号",
    "员工",
    "职工号",
    "编号",
    "号码",
    "手机",
    "手机号",
    "手机号码",
    "电话",
    "电话号码",
    "联系电话",
    "联系方式",
    "姓名",
    "名字",
    "用户",
    "用户名",
    "人员",
    "信息",
    "数据",
    "内容",
    "记录",
    "phone",
    "jobnumber",
    "username",
];

fn is_word_for_nothing(letters: &str) -> bool {
    matches!(
        letters,
        "无" | "無"
            | "暂无"
            | "暫無"
            | "暂时无"
            | "暂时没有"
            | "暂未"
            | "暂缺"
            | "没"
            | "没有"
            | "沒有"
            | "未知"
            | "未详"
            | "不详"
            | "不詳"
            | "不明"
            | "不清楚"
            | "不知道"
            | "不适用"
            | "未填"
            | "未填写"
            | "暂未填写"
            | "没填"
            | "未录入"
            | "未登记"
            | "未提供"
            | "未设置"
            | "未设定"
            | "未绑定"
            | "未分配"
            | "未指定"
            | "未定"
            | "未定义"
            | "待定"
            | "待填"
            | "待填写"
            | "待补"
            | "待补充"
            | "待录入"
            | "待完善"
            | "待分配"
            | "空"
            | "空值"
            | "空白"
            | "空缺"
            | "缺"
            | "缺失"
            | "缺省"
            | "否"
            | "零"
            | "同上"
            | "保密"
            | "匿名"
            | "某"
            | "某某"
            | "某某某"
            | "null"
            | "nul"
            | "nil"
            | "none"
            | "no"
            | "na"
            | "nan"
            | "nullnull"
            | "dbnull"
            | "undefined"
            | "undefinedundefined"
            | "objectobject"
            | "unknown"
            | "unset"
            | "unspecified"
            | "unassigned"
            | "unavailable"
            | "notavailable"
            | "notapplicable"
            | "notassigned"
            | "notset"
            | "notspecified"
            | "notprovided"
            | "notknown"
            | "nodata"
            | "novalue"
            | "noname"
            | "nonumber"
            | "nothing"
            | "empty"
            | "blank"
            | "missing"
            | "anonymous"
            | "false"
            | "tbd"
            | "tba"
    )
}
